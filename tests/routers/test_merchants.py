"""Merchants in full, over HTTP: who they are, where they are paid to, and who changed that."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.models.states import Role
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity.bank_accounts import read_bank_account
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

MERCHANTS, APPROVALS = "/v1/admin/merchants", "/v1/admin/approvals"
NEW = {
    "name": "海风便利有限公司",
    "legal_name": "海风便利（青岛）有限公司",
    "credit_code": "91999999MA0000001N",
    "contact_name": "王经理",
    "contact_phone": "13812341234",
}
ACCOUNT = "37001986106050012345"
MASKED = "*" * 16 + "2345"
BANK = {"bank": "青岛银行香港中路支行", "account": ACCOUNT, "reason": "商户来函"}


@pytest.fixture
async def manager(make: Factory) -> dict[str, str]:
    return auth(await make.staff(Role.STORE_MANAGER))


@pytest.fixture
async def finance(make: Factory) -> dict[str, str]:
    return auth(await make.staff(Role.FINANCE))


async def create(
    client: httpx.AsyncClient, headers: dict[str, str], **changes: object
) -> dict[str, Any]:
    answer = await client.post(MERCHANTS, headers=headers, json={**NEW, **changes})
    assert answer.status_code == 201, answer.text
    merchant: dict[str, Any] = answer.json()
    return merchant


async def history(
    client: httpx.AsyncClient, headers: dict[str, str], merchant_id: str
) -> list[tuple[str, list[str], str | None]]:
    answer = await client.get(f"{MERCHANTS}/{merchant_id}/history", headers=headers)
    return [(each["act"], each["fields"], each["reason"]) for each in answer.json()["items"]]


async def test_a_merchant_is_made_in_full_and_its_contact_is_masked_in_lists(
    client: httpx.AsyncClient, manager: dict[str, str]
) -> None:
    merchant = await create(client, manager)
    assert {name: merchant[name] for name in NEW} == NEW
    assert (merchant["bank"], merchant["bank_account"], merchant["version"]) == (None, None, 1)
    one = await client.get(f"{MERCHANTS}/{merchant['id']}", headers=manager)
    assert one.json() == merchant
    (listed,) = (await client.get(MERCHANTS, headers=manager)).json()["items"]
    assert (listed["contact_name"], listed["contact_phone"]) == ("王**", "138****1234")


async def test_nothing_of_contact_or_account_can_be_read_in_the_table(
    client: httpx.AsyncClient,
    make: Factory,
    manager: dict[str, str],
    finance: dict[str, str],
    rooms: Rooms,
) -> None:
    merchant = await create(client, manager)
    asked = await ask(client, finance, merchant["id"])
    other = auth(await make.staff(Role.FINANCE))
    assert (await decide(client, other, asked.json()["approval_id"])).status_code == 200
    async with rooms.engine.connect() as connection:
        row = (await connection.execute(text("SELECT * FROM merchant"))).one()
        moves = (await connection.execute(text("SELECT * FROM merchant_history"))).all()
    raw = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    for secret in (ACCOUNT, "王经理", "13812341234"):
        assert secret.encode() not in raw
        assert secret not in str(moves)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("credit_code", "91999999MA0000001A", "credit_code_check_character_wrong"),
        ("credit_code", "91999999MA000000", "string_pattern_mismatch"),
        ("contact_phone", "call me", "string_pattern_mismatch"),
        ("name", "", "string_too_short"),
    ],
)
async def test_a_slip_is_named_at_its_field(
    client: httpx.AsyncClient, manager: dict[str, str], field: str, value: str, code: str
) -> None:
    answer = await client.post(MERCHANTS, headers=manager, json={**NEW, field: value})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"#/{field}", code)


async def test_a_change_is_made_once_and_stands_in_the_history_without_its_values(
    client: httpx.AsyncClient, manager: dict[str, str]
) -> None:
    merchant = await create(client, manager)
    path = f"{MERCHANTS}/{merchant['id']}"
    body = {"version": 1, "contact_phone": None, "legal_name": "海风集团", "name": NEW["name"]}
    changed = (await client.patch(path, headers=manager, json=body)).json()
    assert (changed["contact_phone"], changed["legal_name"], changed["version"]) == (
        None,
        "海风集团",
        2,
    )
    again = await client.patch(path, headers=manager, json=body)
    assert (again.status_code, again.json()["code"]) == (412, "version_stale")
    nothing = await client.patch(path, headers=manager, json={**body, "version": 2})
    assert nothing.json()["version"] == 2
    assert await history(client, manager, merchant["id"]) == [
        ("change", ["contact_phone", "legal_name"], None),
        ("create", sorted(NEW), None),
    ]


async def test_two_companies_have_not_one_name_or_one_code(
    client: httpx.AsyncClient, manager: dict[str, str]
) -> None:
    await create(client, manager)
    twice = await client.post(MERCHANTS, headers=manager, json={**NEW, "name": "另一家"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_exists")
    other = await create(client, manager, name="另一家", credit_code=None)
    for taken in ({"name": NEW["name"]}, {"credit_code": NEW["credit_code"]}):
        answer = await client.patch(
            f"{MERCHANTS}/{other['id']}", headers=manager, json={"version": 1, **taken}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
    assert (await client.get(f"{MERCHANTS}/{other['id']}", headers=manager)).json() == other


@pytest.mark.parametrize("name", [{"name": None}, {"name": " "}])
async def test_a_merchant_keeps_a_name(
    client: httpx.AsyncClient, manager: dict[str, str], name: dict[str, object]
) -> None:
    merchant = await create(client, manager)
    answer = await client.patch(
        f"{MERCHANTS}/{merchant['id']}", headers=manager, json={"version": 1, **name}
    )
    assert answer.status_code == 422


async def ask(
    client: httpx.AsyncClient, headers: dict[str, str], merchant_id: str, **changes: object
) -> httpx.Response:
    path = f"{MERCHANTS}/{merchant_id}/bank-account"
    return await client.patch(path, headers=headers, json={**BANK, "version": 1, **changes})


async def decide(
    client: httpx.AsyncClient, headers: dict[str, str], approval_id: str, decision: str = "approve"
) -> httpx.Response:
    body = {"decision": decision, "reason": "已电话核实"}
    return await client.post(f"{APPROVALS}/{approval_id}/decision", headers=headers, json=body)


@pytest.mark.parametrize("role", [Role.STORE_MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
async def test_nobody_but_finance_asks_that_a_merchant_be_paid_elsewhere(
    client: httpx.AsyncClient, make: Factory, manager: dict[str, str], role: Role
) -> None:
    merchant = await create(client, manager)
    refused = await ask(client, auth(await make.staff(role)), merchant["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_merchant_is_paid_elsewhere_once_a_second_person_has_approved(
    client: httpx.AsyncClient,
    make: Factory,
    manager: dict[str, str],
    finance: dict[str, str],
    rooms: Rooms,
) -> None:
    merchant = await create(client, manager)
    asked = await ask(client, finance, merchant["id"])
    assert asked.status_code == 202, asked.text
    approval_id = asked.json()["approval_id"]
    own = await decide(client, finance, approval_id)
    assert (own.status_code, own.json()["code"]) == (403, "own_approval")
    again = await ask(client, finance, merchant["id"])
    assert (again.status_code, again.json()["code"]) == (409, "approval_pending")
    unchanged = (await client.get(f"{MERCHANTS}/{merchant['id']}", headers=finance)).json()
    assert unchanged == merchant

    approved = await decide(client, auth(await make.staff(Role.FINANCE)), approval_id)
    assert approved.status_code == 200, approved.text
    changed = (await client.get(f"{MERCHANTS}/{merchant['id']}", headers=finance)).json()
    assert (changed["bank"], changed["bank_account"]) == (BANK["bank"], MASKED)
    async with rooms.sessions() as session:
        paid = await read_bank_account(session, rooms.sealer, merchant_id=merchant["id"])
    assert paid == (BANK["bank"], ACCOUNT)
    assert (await history(client, finance, merchant["id"]))[:2] == [
        ("set_bank_account", ["bank", "bank_account"], "商户来函"),
        ("ask_bank_account", [], "商户来函"),
    ]


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_the_account_waits_sealed_and_is_gone_from_the_approval_with_the_decision(
    client: httpx.AsyncClient,
    make: Factory,
    manager: dict[str, str],
    finance: dict[str, str],
    rooms: Rooms,
    decision: str,
) -> None:
    merchant = await create(client, manager)
    approval_id = (await ask(client, finance, merchant["id"])).json()["approval_id"]
    shown = await client.get(f"{APPROVALS}/{approval_id}", headers=finance)
    assert shown.json()["payload"]["account"] == MASKED
    assert ACCOUNT not in shown.text

    async def raw() -> tuple[bytes | None, str]:
        async with rooms.engine.connect() as connection:
            waiting = await connection.execute(text("SELECT private_sealed FROM approval"))
            rows = (await connection.execute(text("SELECT * FROM approval, ledger_entry"))).all()
            return waiting.scalar_one(), str(rows)

    private, rest = await raw()
    assert private is not None
    assert ACCOUNT not in rest
    await decide(client, auth(await make.staff(Role.FINANCE)), approval_id, decision)
    private, rest = await raw()
    assert private is None
    assert ACCOUNT not in rest


async def test_what_has_changed_meanwhile_is_not_paid_elsewhere(
    client: httpx.AsyncClient, make: Factory, manager: dict[str, str], finance: dict[str, str]
) -> None:
    merchant = await create(client, manager)
    approval_id = (await ask(client, finance, merchant["id"])).json()["approval_id"]
    body = {"version": 1, "legal_name": "海风集团"}
    await client.patch(f"{MERCHANTS}/{merchant['id']}", headers=manager, json=body)
    other = auth(await make.staff(Role.FINANCE))
    refused = await decide(client, other, approval_id)
    assert (refused.status_code, refused.json()["code"]) == (412, "version_stale")
    ended = (await client.get(f"{APPROVALS}/{approval_id}", headers=finance)).json()
    assert (ended["state"], ended["refusal"]) == ("failed", "version_stale")
    assert (await ask(client, finance, merchant["id"])).status_code == 412
    assert (await ask(client, finance, merchant["id"], version=2)).status_code == 202


async def test_of_those_who_ask_at_once_one_is_heard_and_the_others_are_told_of_it(
    client: httpx.AsyncClient, manager: dict[str, str], finance: dict[str, str]
) -> None:
    merchant = await create(client, manager)
    answers = await asyncio.gather(
        *(ask(client, finance, merchant["id"], account=f"1000000{n}") for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    (asked,) = [answer.json()["approval_id"] for answer in answers if answer.status_code == 202]
    told = {answer.json()["approval_id"] for answer in answers if answer.status_code == 409}
    assert told == {asked}


async def test_a_merchants_stores_are_listed_under_it(
    client: httpx.AsyncClient, make: Factory, manager: dict[str, str]
) -> None:
    merchant = await create(client, manager)
    await make.store(store_no="S2", merchant_id=merchant["id"])
    await make.store(store_no="S1", merchant_id=merchant["id"])
    await make.store(store_no="S3")
    stores = await client.get(f"{MERCHANTS}/{merchant['id']}/stores", headers=manager)
    assert [each["store_no"] for each in stores.json()["items"]] == ["S1", "S2"]


@pytest.mark.parametrize("path", ["", "/stores", "/history"])
async def test_an_unknown_merchant_is_404(
    client: httpx.AsyncClient, manager: dict[str, str], path: str
) -> None:
    answer = await client.get(f"{MERCHANTS}/{new_id()}{path}", headers=manager)
    assert answer.status_code == 404
