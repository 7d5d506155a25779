"""Staff accounts over HTTP, kept by the administrator."""

import json

import httpx
import pytest

from app.models.states import Role
from app.platform.ids import new_id
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

STAFF = "/v1/admin/staff"
NEW = {"name": "王主任", "roles": ["store_manager"]}


async def test_an_account_is_made_with_a_password_that_is_shown_once(
    client: httpx.AsyncClient, make: Factory
) -> None:
    administrator = auth(await make.staff())
    made = await client.post(STAFF, headers=administrator, json=NEW)
    assert made.status_code == 201, made.text
    account = made.json()
    assert (account["name"], account["roles"]) == ("王主任", ["store_manager"])
    assert len(account["password"]) >= 12
    listed = (await client.get(STAFF, headers=administrator)).json()["items"]
    (found,) = [each for each in listed if each["id"] == account["id"]]
    assert "password" not in found
    signed_in = await client.post(
        "/v1/oauth/token",
        data={"grant_type": "password", "username": "王主任", "password": account["password"]},
    )
    assert signed_in.status_code == 200


async def test_a_repeat_with_the_same_key_shows_the_same_password(
    client: httpx.AsyncClient, make: Factory
) -> None:
    headers = auth(await make.staff(), "one-account")
    first = await client.post(STAFF, headers=headers, json=NEW)
    again = await client.post(STAFF, headers=headers, json=NEW)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await client.post(STAFF, headers=auth(await make.staff()), json=NEW)
    assert (other.status_code, other.json()["code"]) == (409, "already_exists")


async def test_a_chosen_password_is_not_shown_and_a_new_one_replaces_it(
    client: httpx.AsyncClient, make: Factory
) -> None:
    administrator = auth(await make.staff())
    chosen = {**NEW, "password": "correct horse battery"}
    account = (await client.post(STAFF, headers=administrator, json=chosen)).json()
    assert account["password"] is None
    path = f"{STAFF}/{account['id']}/password"
    made = (await client.post(path, headers=administrator, json={})).json()
    assert made["password"]
    assert made["version"] == account["version"] + 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"password": "short"}, "#/password"),
        ({"password": "\ud800" * 12}, "#/password"),
        ({"roles": []}, "#/roles"),
        ({"roles": ["king"]}, "#/roles/0"),
        ({"name": ""}, "#/name"),
        ({"name": "a\0b"}, "#/name"),
        ({"rolls": []}, "#/rolls"),
    ],
)
async def test_a_bad_field_is_named(
    client: httpx.AsyncClient, make: Factory, change: dict[str, object], pointer: str
) -> None:
    # Escaped by hand: half a character is JSON, and no UTF-8.
    body = json.dumps({**NEW, **change})
    headers = auth(await make.staff()) | {"Content-Type": "application/json"}
    answer = await client.post(STAFF, headers=headers, content=body)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_roles_are_replaced_and_a_disabled_account_stays_as_it_is(
    client: httpx.AsyncClient, make: Factory
) -> None:
    administrator = auth(await make.staff())
    account = (await client.post(STAFF, headers=administrator, json=NEW)).json()
    path = f"{STAFF}/{account['id']}"
    roles = {"roles": ["finance", "desk"]}
    changed = await client.post(f"{path}/roles", headers=administrator, json=roles)
    assert changed.json()["roles"] == ["desk", "finance"]
    disabled = await client.post(f"{path}/disable", headers=administrator)
    assert disabled.json()["disabled_at"] is not None
    for act, body in (
        ("roles", roles),
        ("password", {}),
        ("districts", {"districts": ["jimo"]}),
        ("second-factor/removal", {"reason": "手机丢失"}),
        ("disable", {}),
    ):
        answer = await client.post(f"{path}/{act}", headers=administrator, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict"), act


async def test_the_last_administrator_cannot_be_disabled(
    client: httpx.AsyncClient, make: Factory
) -> None:
    administrator = auth(await make.staff())
    (alone,) = (await client.get(STAFF, headers=administrator)).json()["items"]
    for act, body in (
        ("disable", {}),
        ("roles", {"roles": ["desk"]}),
        ("districts", {"districts": ["jimo"]}),
    ):
        answer = await client.post(f"{STAFF}/{alone['id']}/{act}", headers=administrator, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator"), act


async def test_an_unknown_account_is_404(client: httpx.AsyncClient, make: Factory) -> None:
    answer = await client.post(f"{STAFF}/{new_id()}/disable", headers=auth(await make.staff()))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMINISTRATOR])
async def test_only_the_administrator_makes_accounts(
    client: httpx.AsyncClient, make: Factory, role: Role
) -> None:
    headers = auth(await make.staff(role))
    assert (await client.post(STAFF, headers=headers, json=NEW)).status_code == 403
    listed = (await client.get(STAFF, headers=headers)).status_code
    assert listed == (200 if role is Role.AUDITOR else 403)


async def test_accounts_are_listed_by_name_page_by_page(
    client: httpx.AsyncClient, make: Factory
) -> None:
    administrator = auth(await make.staff())
    for name in ("c", "a", "b", "d"):
        await client.post(STAFF, headers=administrator, json={**NEW, "name": name})
    first = await client.get(STAFF, headers=administrator, params={"limit": 3})
    assert [each["name"] for each in first.json()["items"]] == ["a", "b", "c"]
    rest = await client.get(
        STAFF, headers=administrator, params={"limit": 3, "cursor": first.json()["next_cursor"]}
    )
    assert [each["name"][:5] for each in rest.json()["items"]] == ["d", "staff"]
    assert rest.json()["next_cursor"] is None
    assert 'rel="next"' in first.headers["Link"]
