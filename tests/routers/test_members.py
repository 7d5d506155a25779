"""Members for staff over HTTP: masked, logged, and their categories."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.models.personal_data import DataAccess
from app.models.states import Category, Role
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

MEMBERS = "/v1/admin/members"
OUTDOOR = {"category": "outdoor", "source": "市总工会认定", "valid_until": "2099-12-31"}


async def find(client: httpx.AsyncClient, token: str, **query: str) -> list[dict[str, Any]]:
    answer = await client.get(MEMBERS, headers=auth(token), params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_member_is_found_masked_by_number_or_last_digits_and_the_look_is_logged(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    member = await make.member(name="张三丰", phone="19912345678")
    await make.member(name="李四", phone="19912345679")
    token = await make.staff(Role.PRIVACY_OFFICER)
    by_number = await find(client, token, member_no=member.member_no)
    assert await find(client, token, phone_last4="5678") == by_number
    (found,) = by_number
    assert (found["name"], found["phone"]) == ("张**", "199****5678")
    assert [each["category"] for each in found["categories"]] == ["outdoor"]
    assert await find(client, token, member_no=member.member_no, phone_last4="5679") == []
    async with rooms.sessions() as session:
        looks = (await session.execute(select(DataAccess.member_id, DataAccess.act))).all()
    assert [tuple(look) for look in looks] == [(member.id, "find")] * 2


async def test_several_members_with_the_same_digits_come_in_pages(
    client: httpx.AsyncClient, make: Factory
) -> None:
    members = await make.members(3)
    token = await make.staff(Role.CAMPAIGN_MANAGER)
    seen: list[str] = []
    query = {"phone_last4": "1234", "limit": "2"}
    while query.get("cursor", "first"):
        page = (await client.get(MEMBERS, headers=auth(token), params=query)).json()
        seen += [each["member_no"] for each in page["items"]]
        query["cursor"] = page["next_cursor"] or ""
    assert seen == [member.member_no for member in members]


@pytest.mark.parametrize("query", [{}, {"phone_last4": "12"}, {"member_no": "M 1"}])
async def test_there_is_no_list_of_everybody(
    client: httpx.AsyncClient, make: Factory, query: dict[str, str]
) -> None:
    token = await make.staff(Role.PRIVACY_OFFICER)
    answer = await client.get(MEMBERS, headers=auth(token), params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")


async def test_new_categories_count_from_the_next_press(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch, member = await make.batch(), await make.member(categories=[Category.HARDSHIP])
    path = f"{MEMBERS}/{member.id}/categories"
    claims = f"/v1/breakfast/batches/{batch.id}/claims"
    press = auth(make.token(member), "one-press")
    assert (await client.post(claims, headers=press)).json()["code"] == "not_eligible"
    token = await make.staff(Role.CAMPAIGN_MANAGER)
    changed = await client.put(path, headers=auth(token), json={"categories": [OUTDOOR]})
    assert changed.status_code == 200, changed.text
    assert changed.json()["categories"] == [OUTDOOR]
    assert (await client.post(claims, headers=press)).status_code == 201
    await client.put(path, headers=auth(token), json={"categories": []})
    again = await client.post(claims, headers=auth(make.token(member), "another-press"))
    assert again.json()["code"] == "not_eligible"


async def test_a_change_of_what_somebody_else_changed_is_stale(
    client: httpx.AsyncClient, make: Factory
) -> None:
    member, token = await make.member(), await make.staff(Role.CAMPAIGN_MANAGER)
    path, body = f"{MEMBERS}/{member.id}/categories", {"categories": [OUTDOOR], "version": 1}
    assert (await client.put(path, headers=auth(token), json=body)).json()["version"] == 2
    answer = await client.put(path, headers=auth(token), json=body)
    assert (answer.status_code, answer.json()["code"]) == (412, "version_stale")


@pytest.mark.parametrize(
    "categories", [[OUTDOOR, OUTDOOR], [{"category": "king", "source": "x"}], [{"source": "x"}]]
)
async def test_categories_that_are_none_or_named_twice_are_refused(
    client: httpx.AsyncClient, make: Factory, categories: list[dict[str, str]]
) -> None:
    member, token = await make.member(), await make.staff(Role.CAMPAIGN_MANAGER)
    answer = await client.put(
        f"{MEMBERS}/{member.id}/categories", headers=auth(token), json={"categories": categories}
    )
    assert answer.status_code == 422
    (found,) = await find(client, token, member_no=member.member_no)
    assert [each["category"] for each in found["categories"]] == ["outdoor"]


async def test_an_unknown_member_is_404(client: httpx.AsyncClient, make: Factory) -> None:
    answer = await client.put(
        f"{MEMBERS}/{new_id()}/categories",
        headers=auth(await make.staff(Role.CAMPAIGN_MANAGER)),
        json={"categories": []},
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("role", "looks", "changes"),
    [
        (Role.CAMPAIGN_MANAGER, 200, 200),
        (Role.PRIVACY_OFFICER, 200, 403),
        (Role.AUDITOR, 200, 403),
        (Role.DESK, 403, 403),
        (Role.ADMINISTRATOR, 200, 200),
    ],
)
async def test_who_may_look_and_who_may_change(
    client: httpx.AsyncClient, make: Factory, role: Role, looks: int, changes: int
) -> None:
    member, headers = await make.member(), auth(await make.staff(role))
    query = {"member_no": member.member_no}
    assert (await client.get(MEMBERS, headers=headers, params=query)).status_code == looks
    path = f"{MEMBERS}/{member.id}/categories"
    answer = await client.put(path, headers=headers, json={"categories": []})
    assert answer.status_code == changes
