"""Stores and merchants for staff over HTTP."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.models.identity import StoreHistory
from app.models.states import Role
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

STORES, MERCHANTS = "/v1/admin/stores", "/v1/admin/merchants"
WHY = {"reason": "停业整顿"}
NEW = {
    "store_no": "QD0001",
    "name": "海风便利 · 栈桥店",
    "merchant": "海风便利有限公司",
    "district": "shinan",
    "address": "太平路 12 号",
    "lat": 36.0607,
    "lng": 120.3204,
    "opens": "18:00",
    "closes": "02:00",
}


async def create(
    client: httpx.AsyncClient, headers: dict[str, str], **changes: object
) -> dict[str, Any]:
    answer = await client.post(STORES, headers=headers, json={**NEW, **changes})
    assert answer.status_code == 201, answer.text
    store: dict[str, Any] = answer.json()
    return store


async def test_a_store_is_made_with_its_merchant_and_found_again(
    client: httpx.AsyncClient, make: Factory
) -> None:
    headers = auth(await make.staff(Role.STORE_MANAGER))
    store = await create(client, headers)
    assert {name: store[name] for name in NEW} == NEW
    assert store["state"] == "active"
    other = await create(client, headers, store_no="QD0002", opens="00:00", closes="24:00")
    assert other["merchant_id"] == store["merchant_id"]
    assert (other["opens"], other["closes"]) == ("00:00", "24:00")
    assert (await client.get(f"{STORES}/{store['id']}", headers=headers)).json() == store
    merchants = (await client.get(MERCHANTS, headers=headers)).json()["items"]
    assert [each["name"] for each in merchants] == ["海风便利有限公司"]
    twice = await client.post(STORES, headers=headers, json=NEW)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_exists")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, ["QD0001", "QD0002", "QD0003"]),
        ({"district": "jimo"}, ["QD0002"]),
        ({"state": "suspended"}, ["QD0003"]),
        ({"store_no": "QD0002"}, ["QD0002"]),
        ({"store_no": "QD0009"}, []),
    ],
)
async def test_stores_are_listed_by_number(
    client: httpx.AsyncClient, make: Factory, query: dict[str, str], numbers: list[str]
) -> None:
    headers = auth(await make.staff(Role.STORE_MANAGER))
    third = await create(client, headers, store_no="QD0003")
    await create(client, headers, store_no="QD0002", district="jimo")
    await create(client, headers)
    await client.post(f"{STORES}/{third['id']}/suspend", headers=headers, json=WHY)
    listed = (await client.get(STORES, headers=headers, params=query)).json()["items"]
    assert [each["store_no"] for each in listed] == numbers


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"opens": "24:00"}, "#"),
        ({"opens": "6:00"}, "#/opens"),
        ({"closes": "26:00"}, "#/closes"),
        ({"lat": 91}, "#/lat"),
        ({"district": "beijing"}, "#/district"),
        ({"store_no": "QD 1"}, "#/store_no"),
        ({"merchant": " "}, "#/merchant"),
    ],
)
async def test_a_bad_field_of_a_store_is_named(
    client: httpx.AsyncClient, make: Factory, change: dict[str, object], pointer: str
) -> None:
    headers = auth(await make.staff(Role.STORE_MANAGER))
    answer = await client.post(STORES, headers=headers, json={**NEW, **change})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_store_is_suspended_and_restored_each_once_with_a_reason(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    headers = auth(await make.staff(Role.STORE_MANAGER))
    store_id = (await create(client, headers))["id"]
    for act, state in (("suspend", "suspended"), ("restore", "active")):
        path = f"{STORES}/{store_id}/{act}"
        without = await client.post(path, headers=headers, json={})
        assert without.status_code == 422
        moved = await client.post(path, headers=headers, json=WHY)
        assert (moved.status_code, moved.json()["state"]) == (200, state)
        again = await client.post(path, headers=headers, json=WHY)
        assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
        assert again.json()["state"] == state
    async with rooms.sessions() as session:
        moves = (await session.scalars(select(StoreHistory).order_by(StoreHistory.id))).all()
    assert [(move.act, move.from_state, move.to_state) for move in moves] == [
        ("suspend", "active", "suspended"),
        ("restore", "suspended", "active"),
    ]
    assert {move.reason for move in moves} == {"停业整顿"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "{id}"),
        ("POST", "{id}/suspend"),
        ("POST", "{id}/restore"),
    ],
)
async def test_what_is_not_there_is_404(
    client: httpx.AsyncClient, make: Factory, method: str, path: str
) -> None:
    answer = await client.request(
        method,
        f"{STORES}/{path.format(id=new_id())}",
        headers=auth(await make.staff(Role.STORE_MANAGER)),
        json=WHY if method == "POST" else None,
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_merchant_has_one_name(client: httpx.AsyncClient, make: Factory) -> None:
    headers = auth(await make.staff(Role.STORE_MANAGER))
    body = {"name": "海风便利有限公司"}
    assert (await client.post(MERCHANTS, headers=headers, json=body)).status_code == 201
    again = await client.post(MERCHANTS, headers=headers, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CAMPAIGN_MANAGER, Role.AUDITOR])
async def test_others_read_stores_and_change_nothing(
    client: httpx.AsyncClient, make: Factory, role: Role
) -> None:
    headers = auth(await make.staff(role))
    assert (await client.get(STORES, headers=headers)).status_code == 200
    assert (await client.post(STORES, headers=headers, json=NEW)).status_code == 403
    path = f"{STORES}/{await make.store()}"
    assert (await client.post(f"{path}/suspend", headers=headers, json=WHY)).status_code == 403
