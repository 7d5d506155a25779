"""The ledger over HTTP: who did what, who tried what, and the head that proves it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from app.models.personal_data import DataAccess
from app.models.states import Category, Role
from app.platform.clock import SHANGHAI
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity.passwords import generate_password
from app.shared.ledger import refused, seal_closed_rows
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

AUDIT, HEAD, TOKEN = "/v1/admin/audit", "/v1/admin/audit/head", "/v1/oauth/token"
BATCHES = "/v1/admin/breakfast/batches"
REASON = {"reason": "测试"}


@pytest.fixture
async def auditor(make: Factory) -> dict[str, str]:
    return auth(await make.staff(Role.AUDITOR))


async def entries(
    client: httpx.AsyncClient, auditor: dict[str, str], **query: Any
) -> list[dict[str, Any]]:
    answer = await client.get(AUDIT, headers=auditor, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def sign_in(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    form = {"grant_type": "password", "username": name, "password": password}
    return await client.post(TOKEN, data=form)


async def test_an_act_is_kept_with_who_what_from_where_and_why(
    client: httpx.AsyncClient, make: Factory, auditor: dict[str, str]
) -> None:
    batch, token = await make.batch(started=False), await make.staff(Role.CAMPAIGN_MANAGER)
    started = await client.post(
        f"{BATCHES}/{batch.id}/start",
        headers=auth(token) | {"X-Request-Id": "trace-0001"},
        json=REASON,
    )
    assert started.status_code == 200
    [entry] = await entries(client, auditor, request_id="trace-0001")
    badge = make.rooms.own_tokens.verify_staff(token)
    assert entry["actor"] == {
        "kind": "staff",
        "id": str(badge.staff.id),
        "name": badge.staff.name,
        "roles": ["campaign_manager"],
        "origin": "127.0.0.1",
    }
    assert (entry["verb"], entry["refusal"]) == ("breakfast.batch.start", None)
    assert (entry["object_kind"], entry["object_id"]) == ("batch", str(batch.id))
    assert entry["reason"] == "测试"
    [change] = entry["changes"]
    assert change["field"] == "state"
    assert change["before"] != change["after"]
    assert not {"draft", "running"} & set(change.values())


async def test_a_vouchers_life_stands_under_its_id_and_each_move_begins_where_the_last_ended(
    client: httpx.AsyncClient, make: Factory, counter: Counter, auditor: dict[str, str]
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    await counter.redeem(till, "NUMBER-1", voucher.code)
    await counter.reverse(till, "NUMBER-1")
    await counter.void(voucher.id)
    found = await entries(client, auditor, object_kind="voucher", object_id=str(voucher.id))
    life = found[::-1]
    assert [entry["verb"].split(".")[-1] for entry in life] == [
        "claim",
        "redeem",
        "reverse",
        "void",
    ]
    states = [entry["changes"][0] for entry in life]
    assert states[0]["before"] is None
    assert [each["before"] for each in states[1:]] == [each["after"] for each in states[:-1]]
    claim, redeem, *_ = [entry["actor"] for entry in life]
    assert (claim["kind"], claim["id"], claim["origin"]) == ("member", str(member.id), "")
    assert (redeem["kind"], redeem["id"]) == ("store", str(till.store_id))
    assert redeem["origin"] == str(till.device_id)


async def test_entries_are_found_by_actor_verb_object_time_and_outcome(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    one, other = await make.batch(), await make.batch()
    later = rooms.clock.now() + timedelta(days=1)
    await make.move_clock(timedelta(days=2))
    token = await make.staff(Role.CAMPAIGN_MANAGER)
    headers, staff = auth(token), make.rooms.own_tokens.verify_staff(token).staff
    await client.post(f"{BATCHES}/{one.id}/pause", headers=headers, json=REASON)
    await client.post(f"{BATCHES}/{one.id}/pause", headers=headers, json=REASON)
    await rooms.refusals.drain()

    async def seen(**query: Any) -> list[str]:
        found = await entries(client, auditor, **query)
        return [f"{entry['verb'].split('.')[-1]} {entry['refusal']}" for entry in found]

    assert await seen(actor=str(staff.id)) == ["pause state_conflict", "pause None"]
    assert await seen(actor=str(staff.id), refused="false") == ["pause None"]
    assert await seen(refused="true") == ["pause state_conflict"]
    assert await seen(verb="breakfast.batch.start") == ["start None"] * 2
    assert await seen(object_kind="batch", object_id=str(other.id)) == ["start None", "create None"]
    assert len(await seen(object_kind="batch")) == 6
    assert await seen(**{"from": later.isoformat()}) == ["pause state_conflict", "pause None"]
    assert len(await seen(to=later.astimezone(SHANGHAI).isoformat())) == 4
    assert await seen(verb="breakfast.batch") == []
    assert await seen(actor=str(new_id())) == []


async def test_the_list_comes_in_pages_newest_first(
    client: httpx.AsyncClient, make: Factory, auditor: dict[str, str]
) -> None:
    await make.batch(repeat_days=5)
    seen: list[str] = []
    query = {"limit": "3"}
    while query.get("cursor", "first"):
        page = (await client.get(AUDIT, headers=auditor, params=query)).json()
        seen += [entry["id"] for entry in page["items"]]
        query["cursor"] = page["next_cursor"] or ""
    assert len(seen) == len(set(seen)) == 10
    whole = [entry["id"] for entry in await entries(client, auditor)]
    assert seen == whole


@pytest.mark.parametrize(
    "query",
    [
        {"verb": "Start!"},
        {"object_kind": "a b"},
        {"request_id": "x"},
        {"actor": "me"},
        {"from": "2023-01-05T00:00:00"},
        {"from": "0"},
        {"to": "1672848000"},
        {"cursor": "nonsense"},
    ],
    ids=str,
)
async def test_a_filter_that_is_none_is_refused(
    client: httpx.AsyncClient, auditor: dict[str, str], query: dict[str, str]
) -> None:
    assert (await client.get(AUDIT, headers=auditor, params=query)).status_code == 422


async def test_an_act_that_was_refused_for_a_reason_that_matters_is_kept(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    batch, desk = await make.batch(), await make.staff(Role.DESK)
    manager, member = await make.staff(Role.CAMPAIGN_MANAGER), await make.member()
    path = f"{BATCHES}/{batch.id}"
    budget = {"expected_total": 10, "total": 1, **REASON}
    await client.post(
        f"/v1/breakfast/batches/{batch.id}/claims", headers=auth(make.token(member), "one")
    )
    other = await make.member()
    await client.post(
        f"/v1/breakfast/batches/{batch.id}/claims", headers=auth(make.token(other), "two")
    )
    for headers, sent in (
        (auth(desk), client.post(f"{path}/pause", headers=auth(desk), json=REASON)),
        (auth(manager), client.post(f"{path}/resume", headers=auth(manager), json=REASON)),
        (auth(manager), client.post(f"{path}/budget", headers=auth(manager), json=budget)),
        (
            auth(desk),
            client.get(
                "/v1/admin/members", headers=auth(desk), params={"member_no": member.member_no}
            ),
        ),
    ):
        assert (await sent).status_code in {403, 409}, headers
    await rooms.refusals.drain()
    found = await entries(client, auditor, refused="true")
    assert {(entry["verb"], entry["refusal"], entry["object_id"]) for entry in found} == {
        ("breakfast.batch.pause", "forbidden", str(batch.id)),
        ("breakfast.batch.resume", "state_conflict", str(batch.id)),
        ("breakfast.batch.budget", "below_issued", str(batch.id)),
        ("member.find", "forbidden", None),
    }
    assert all(entry["actor"]["kind"] == "staff" for entry in found)


async def test_what_is_a_slip_or_somebodys_browsing_is_not_kept(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    batch = await make.batch(started=False)
    manager, desk = auth(await make.staff(Role.CAMPAIGN_MANAGER)), auth(await make.staff(Role.DESK))
    stranger = auth(make.token(await make.member()))
    path = f"{BATCHES}/{batch.id}"
    for sent, status in (
        (client.post(f"{BATCHES}/{new_id()}/start", headers=manager, json=REASON), 404),
        (client.post(f"{path}/start", headers=manager, json={}), 422),
        (client.patch(path, headers=manager, json={"version": 7, "name": "新名"}), 412),
        (client.get(BATCHES, headers=desk), 403),
        (client.post(f"{path}/start", headers=stranger, json=REASON), 403),
        (client.post(f"{path}/start", json=REASON), 401),
    ):
        assert (await sent).status_code == status
    await rooms.refusals.drain()
    assert await entries(client, auditor, refused="true") == []


async def test_a_till_that_may_not_reverse_any_more_is_kept(
    client: httpx.AsyncClient, make: Factory, counter: Counter, auditor: dict[str, str]
) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    await counter.redeem(till, "NUMBER-1", voucher.code)
    await make.move_clock(timedelta(days=2))
    token = auth(make.rooms.own_tokens.issue_till(till))
    path = "/v1/store/redemptions/NUMBER-1/reversal"
    assert (await client.post(path, headers=token, json=REASON)).status_code == 409
    await make.rooms.refusals.drain()
    [entry] = await entries(client, auditor, refused="true")
    assert (entry["verb"], entry["refusal"]) == (
        "breakfast.voucher.reverse",
        "reversal_window_over",
    )
    assert (entry["actor"]["kind"], entry["actor"]["id"]) == ("store", str(till.store_id))


async def test_who_came_in_and_who_failed_to_is_kept_and_never_what_was_typed(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    password = generate_password()
    made = await client.post(
        "/v1/admin/staff",
        headers=auth(await make.staff()),
        json={"name": "林主任", "roles": ["finance"], "password": password},
    )
    account = made.json()["id"]
    assert (await sign_in(client, "林主任", "wrong password 1")).status_code == 400
    assert (await sign_in(client, "林主任", "wrong password 2")).status_code == 400
    assert (await sign_in(client, "hunter2-in-the-name", password)).status_code == 400
    assert (await sign_in(client, "林主任", password)).status_code == 200
    await rooms.refusals.drain()
    found = await entries(client, auditor, verb="staff.sign_in")
    shown = {
        (each["actor"]["kind"], each["actor"]["id"], each["object_id"], each["refusal"]): each
        for each in found
    }
    assert {key: each["times"] for key, each in shown.items()} == {
        ("staff", account, account, None): 1,
        ("public", None, account, "invalid_grant"): 2,
        ("public", None, None, "invalid_grant"): 1,
    }
    assert {each["actor"]["origin"] for each in found} == {"127.0.0.1"}
    async with rooms.sessions() as session:
        rows = await session.scalars(text("SELECT ledger_entry::text FROM ledger_entry"))
        whole = "\n".join(rows)
    for typed in ("hunter2", "wrong password", password, "林主任"):
        assert typed not in whole


async def test_wrong_passwords_do_not_fill_the_ledger(
    client: httpx.AsyncClient,
    rooms: Rooms,
    auditor: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refused, "MOST_NAMED", 2)
    for place in range(12):
        await sign_in(client, f"nobody-{place % 2}", "a wrong password")
    for _ in range(6):
        assert (await sign_in(client, "nobody-0", "a wrong password")).status_code in {400, 429}
    await rooms.refusals.drain()
    found = await entries(client, auditor, verb="staff.sign_in")
    assert len(found) == 2
    assert {(each["refusal"], each["object_id"]) for each in found} == {
        ("invalid_grant", None),
        ("quota_exceeded", None),
    }
    assert sum(each["times"] for each in found) == 18


async def test_a_wrong_secret_of_a_till_is_kept_and_its_first_right_one(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    store_id = await make.store()
    code = await client.post(
        f"/v1/admin/stores/{store_id}/onboarding-codes", headers=auth(await make.staff())
    )
    device = await client.post(
        "/v1/store/devices", json={"onboarding_code": code.json()["onboarding_code"]}
    )
    client_id, secret = device.json()["client_id"], device.json()["client_secret"]
    for word in ("wrong", secret, secret):
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": word}
        await client.post(TOKEN, data=form)
    await rooms.refusals.drain()
    found = await entries(client, auditor, object_kind="device", object_id=client_id)
    assert {(each["verb"], each["refusal"], each["actor"]["kind"]) for each in found} == {
        ("device.connect", None, "public"),
        ("device.fetch_token", "invalid_client", "public"),
        ("device.use_secret", None, "store"),
    }
    assert len(found) == 3


async def test_a_look_at_members_is_kept_for_each_and_shown_to_them_beside(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    members = await make.members(2)
    token = await make.staff(Role.PRIVACY_OFFICER)
    query = {"phone_last4": "1234"}
    assert (
        await client.get("/v1/admin/members", headers=auth(token), params=query)
    ).status_code == 200
    found = await entries(client, auditor, verb="member.find")
    assert {each["object_id"] for each in found} == {str(member.id) for member in members}
    async with rooms.sessions() as session:
        shown = await session.scalars(select(DataAccess.member_id))
        assert set(shown) == {member.id for member in members}


async def test_categories_are_kept_without_saying_which(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    member = await make.member(categories=[Category.HARDSHIP])
    held = [{"category": "outdoor", "source": "市总工会"}]
    await client.put(
        f"/v1/admin/members/{member.id}/categories",
        headers=auth(await make.staff()),
        json={"categories": held},
    )
    [entry] = await entries(client, auditor, verb="member.set_categories")
    [change] = entry["changes"]
    assert change["field"] == "categories"
    async with rooms.sessions() as session:
        rows = await session.scalars(text("SELECT ledger_entry::text FROM ledger_entry"))
        whole = "\n".join(rows)
    assert "outdoor" not in whole
    assert "hardship" not in whole


async def test_the_head_stands_for_everything_that_is_sealed(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms, auditor: dict[str, str]
) -> None:
    assert (await client.get(HEAD, headers=auditor)).status_code == 404
    await make.batch()
    await seal_closed_rows(rooms.sessions)
    first = (await client.get(HEAD, headers=auditor)).json()
    assert (first["number"], first["last_position"], first["unsealed"]) == (1, 2, 0)
    assert len(bytes.fromhex(first["head"])) == 32
    await make.batch(started=False)
    await seal_closed_rows(rooms.sessions)
    second = (await client.get(HEAD, headers=auditor)).json()
    assert (second["number"], second["last_position"]) == (2, 3)
    assert second["head"] != first["head"]
    again = (await client.get(HEAD, headers=auditor, params={"number": 1})).json()
    assert again == first
    assert (await client.get(HEAD, headers=auditor, params={"number": 9})).status_code == 404
    found = await entries(client, auditor)
    assert [each["position"] for each in found] == [3, 2, 1]
    assert all(len(bytes.fromhex(each["digest"])) == 32 for each in found)
