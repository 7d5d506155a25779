"""The switch of a pack: closed, it lets nothing new begin, in no process; what is held stays."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.states import PackKind, Role
from app.packs.breakfast.catalogue import Catalogue
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.voucher_records import VoucherRecords
from app.routers.rooms import Rooms
from app.shared.campaigns import ClosedPacks
from app.shared.identity.callers import Member
from app.shared.identity.directory import AS_OF
from tests.coupletting import Couplets
from tests.factories import Factory, auth
from tests.quizzing import Quizzing
from tests.races.drop import until_answered
from tests.verify import assert_books_are_right
from tests.wishing import Wishing, told

pytestmark = pytest.mark.anyio

PACKS = "/v1/admin/packs"
REASON = {"reason": "下雪，活动暂停"}
CLOSED = (409, "not_open")


@pytest.fixture
def wishing(client: httpx.AsyncClient, make: Factory) -> Wishing:
    return Wishing(client, make)


async def press(
    client: httpx.AsyncClient, make: Factory, batch_id: UUID, member: Member, key: str
) -> httpx.Response:
    path = f"/v1/breakfast/batches/{batch_id}/claims"
    return await until_answered(partial(client.post, path, headers=auth(make.token(member), key)))


async def known(rooms: Rooms, campaign_id: UUID, kind: PackKind, *, is_closed: bool) -> None:
    """The process has heard of it."""
    async with asyncio.timeout(10):
        while rooms.closed.is_closed(campaign_id, kind) is not is_closed:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_closed_pack_issues_no_voucher_and_those_it_has_issued_stay_good(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    batch, member, late = await make.batch(), await make.member(), await make.member()
    manager = auth(await make.staff(Role.CAMPAIGN_MANAGER))
    first = await press(client, make, batch.id, member, "k1")
    assert first.status_code == 201

    closed = await client.post(f"{PACKS}/breakfast/close", headers=manager, json=REASON)
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    again = await client.post(f"{PACKS}/breakfast/close", headers=manager, json=REASON)
    assert told(again) == (409, "state_conflict")
    assert told(await press(client, make, batch.id, late, "k2")) == CLOSED
    await known(rooms, batch.campaign_id, PackKind.BREAKFAST, is_closed=True)
    refused = await press(client, make, batch.id, late, "k3")
    assert told(refused) == CLOSED
    assert refused.json()["opens_at"] is None
    assert refused.json()["pack"] == "breakfast"
    assert "关闭" in refused.json()["detail"]
    nobody = await make.member(categories=())
    assert told(await press(client, make, batch.id, nobody, "k4")) == (403, "not_eligible")
    repeat = await press(client, make, batch.id, member, "k1")
    assert (repeat.status_code, repeat.content) == (201, first.content)
    [offered] = (await client.get("/v1/breakfast/batches", headers=auth(make.token(late)))).json()[
        "items"
    ]
    assert (offered["can_claim"], offered["reason"], offered["next_at"]) == (
        False,
        "not_open",
        None,
    )
    passed = await client.get(
        f"/v1/breakfast/vouchers/{first.json()['id']}/pass", headers=auth(make.token(member))
    )
    assert passed.status_code == 200
    states = {
        pack["kind"]: pack["state"]
        for pack in (await client.get(PACKS, headers=manager)).json()["items"]
    }
    assert states.pop("breakfast") == "closed"
    assert set(states.values()) == {"open"}

    opened = await client.post(f"{PACKS}/breakfast/open", headers=manager, json=REASON)
    assert opened.json()["state"] == "open"
    await known(rooms, batch.campaign_id, PackKind.BREAKFAST, is_closed=False)
    assert (await press(client, make, batch.id, late, "k3")).status_code == 201
    await make.move(batch.id, "end")
    await make.switch(PackKind.BREAKFAST, "close")
    await known(rooms, batch.campaign_id, PackKind.BREAKFAST, is_closed=True)
    third = await make.member()
    assert told(await press(client, make, batch.id, third, "k5")) == (409, "batch_ended")
    await assert_books_are_right(rooms)


async def test_while_couplets_are_closed_nobody_reserves_or_waits_and_what_is_held_is_handed_out(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    couplets = Couplets(client, make)
    event = await couplets.event(reserved=2)
    holder, late = await make.member(), await make.member()
    held = await couplets.reserved(holder, event)
    await make.switch(PackKind.COUPLETS, "close")

    assert told(await couplets.reserve(late, event)) == CLOSED
    assert told(await couplets.wait(late, event)) == CLOSED
    await known(rooms, await make.campaign(), PackKind.COUPLETS, is_closed=True)
    refused = await couplets.reserve(late, event)
    assert (refused.json()["pack"], refused.json()["opens_at"]) == ("couplets", None)
    picked = await couplets.pick_up(event, text=await couplets.show_pass(holder, held))
    assert picked.status_code == 201, picked.text

    await make.switch(PackKind.COUPLETS, "open")
    await known(rooms, await make.campaign(), PackKind.COUPLETS, is_closed=False)
    await couplets.reserved(late, event)
    await assert_books_are_right(rooms)


async def test_while_health_is_closed_no_attempt_begins_and_the_one_under_way_is_handed_in(
    client: httpx.AsyncClient, make: Factory
) -> None:
    quizzing, taker, late = Quizzing(client, make), await make.member(), await make.member()
    quiz_id = await quizzing.opened()
    attempt = await quizzing.started(taker, quiz_id)
    await make.switch(PackKind.HEALTH, "close")

    assert told(await quizzing.start(late, quiz_id)) == CLOSED
    handed_in = await quizzing.submit(taker, attempt["id"], quizzing.answers(attempt))
    assert handed_in.status_code == 200, handed_in.text
    await make.switch(PackKind.HEALTH, "open")
    await quizzing.started(late, quiz_id)


async def test_while_wishes_are_closed_none_is_posted_or_claimed_and_others_come_true(
    wishing: Wishing, make: Factory, rooms: Rooms
) -> None:
    wisher, volunteer, other = await make.member(), await make.member(), await make.member()
    begun, asked = await wishing.opened(wisher), await wishing.opened()
    claim_id = await wishing.claimed(volunteer, begun)
    dispatch_id = await wishing.dispatched(asked, other)
    await make.switch(PackKind.WISHES, "close")

    assert told(await wishing.post(other)) == CLOSED
    on_behalf = {"member_no": other.member_no, "proxy_name": "李", "proxy_relation": "社工"}
    for_another = await wishing.client.post(
        "/v1/admin/wishes",
        headers=await wishing.reviewer(),
        json=wishing.text(on_behalf_of={**on_behalf, "consented": True}),
    )
    assert told(for_another) == CLOSED
    assert told(await wishing.claim(other, asked)) == CLOSED
    assert told(await wishing.answer(other, dispatch_id, "acceptance")) == CLOSED
    # A claim that is refused for another reason hears that one.
    assert told(await wishing.claim(other, begun)) == (409, "already_claimed")
    assert (await wishing.act(volunteer, begun, claim_id, "start")).status_code == 200
    assert (await wishing.act(volunteer, begun, claim_id, "submission")).status_code == 200
    assert (await wishing.confirm(wisher, begun)).json()["state"] == "fulfilled"

    await make.switch(PackKind.WISHES, "open")
    assert (await wishing.claim(other, asked)).status_code == 201
    await assert_books_are_right(rooms)


async def issued(rooms: Rooms) -> int:
    async with rooms.sessions() as session:
        return int(await session.scalar(text("SELECT count(*) FROM breakfast_voucher")) or 0)


async def close_in_a_rush(
    app: FastAPI, client: httpx.AsyncClient, make: Factory, records: VoucherRecords
) -> tuple[int, int, set[tuple[int, str | None]]]:
    """Members press before, while and after the pack is closed, in a process that has not heard
    of it. How many vouchers there were when "closed" was answered, and in the end; what those
    heard who pressed after that."""
    unaware = Catalogue(make.rooms.sessions, ClosedPacks())
    app.state.rooms = replace(make.rooms, catalogue=unaware, vouchers=records)
    batch, members = await make.batch(total=200), await make.members(60)
    earlier = [
        asyncio.create_task(press(client, make, batch.id, member, "k")) for member in members[:30]
    ]
    await earlier[0]
    await make.switch(PackKind.BREAKFAST, "close")
    at_the_answer = await issued(make.rooms)
    later = await asyncio.gather(
        *(press(client, make, batch.id, member, "k") for member in members[30:])
    )
    first_answers = await asyncio.gather(*earlier)
    # With those who press again, whatever they heard, and some who have a voucher: in one batch.
    again = await asyncio.gather(*(press(client, make, batch.id, each, "k") for each in members))
    for one, other in zip([*first_answers, *later], again, strict=True):
        assert one.status_code in {other.status_code, 409}
    return at_the_answer, await issued(make.rooms), set(map(told, later))


async def test_once_closed_is_answered_nothing_more_is_issued_whoever_has_heard_of_it(
    app: FastAPI, client: httpx.AsyncClient, make: Factory
) -> None:
    at_the_answer, in_the_end, heard = await close_in_a_rush(app, client, make, make.rooms.vouchers)
    assert 0 < at_the_answer == in_the_end
    assert heard == {CLOSED}
    await assert_books_are_right(make.rooms)


async def test_control_without_holding_the_pack_open_a_rush_goes_on_after_the_answer(
    app: FastAPI, client: httpx.AsyncClient, make: Factory
) -> None:
    class Unheld(VoucherRecords):
        async def hold_open(self, connection: AsyncConnection, batch: BatchFacts) -> int | None:
            return await connection.scalar(AS_OF)

    records = Unheld(make.rooms.sealer, make.rooms.digester)
    at_the_answer, in_the_end, _ = await close_in_a_rush(app, client, make, records)
    assert in_the_end > at_the_answer


KIND = {"code": "reading", "title": "陪读", "title_en": "Reading"}
NEEDS_A_CAMPAIGN: dict[str, dict[str, Any] | None] = {
    f"GET {PACKS}": None,
    f"POST {PACKS}/wishes/close": REASON,
    f"POST {PACKS}/wishes/open": REASON,
    "GET /v1/admin/wishes/kinds": None,
    "POST /v1/admin/wishes/kinds": KIND,
    "PATCH /v1/admin/wishes/kinds/01855a2c-1c00-7000-8000-00000000000a": {"version": 1},
    "GET /v1/admin/wishes/limits": None,
    "PATCH /v1/admin/wishes/limits": {"version": 1, **REASON},
}


async def test_where_no_edition_is_current_there_is_nothing_to_switch_or_to_set(
    client: httpx.AsyncClient, make: Factory
) -> None:
    manager = auth(await make.staff(Role.CAMPAIGN_MANAGER))
    for operation, body in NEEDS_A_CAMPAIGN.items():
        method, path = operation.split()
        answer = await client.request(method, path, headers=manager, json=body)
        assert told(answer) == (404, "not_found"), operation
