"""An event that opens by a fair draw: whoever asks within its window is put in an order that
anybody can draw again, and has the pair or a place on the list in that order."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.models.draws import DrawTurn
from app.packs.couplets.fair_turns import TAKING
from app.routers.rooms import Rooms
from app.shared.draws import take_turns
from app.shared.identity.callers import Member
from tests.coupletting import HOUR, NUMBER, Couplets, told
from tests.factories import Factory, auth
from tests.opening import assert_draws_are_right, verified
from tests.packs.couplets.books import assert_couplets_are_right

pytestmark = pytest.mark.anyio


async def assert_all_is_right(rooms: Rooms) -> None:
    await assert_couplets_are_right(rooms)
    await assert_draws_are_right(rooms)


async def test_who_asks_within_the_window_has_what_the_order_gives(
    couplets: Couplets, make: Factory, rooms: Rooms, tmp_path: Path
) -> None:
    event = await couplets.fair_event(reserved=2)
    crowd = [await make.member() for _ in range(5)]
    seen = await couplets.see(crowd[0], event)
    assert (seen["opening"], seen["mine"]["ticket"]) == ("fair_draw", None)
    assert seen["fair"]["asks_until"] < seen["fair"]["result_at"]

    tickets = []
    for member in crowd:
        asked = await couplets.reserve(member, event, key="k")
        assert (asked.status_code, asked.json()["state"]) == (202, "entered")
        assert asked.headers["location"] == f"{event.path}/entry"
        again = await couplets.reserve(member, event, key="k")
        assert (again.status_code, again.json()) == (202, asked.json())
        assert again.headers["location"] == asked.headers["location"]
        tickets.append(asked.json()["ticket_no"])
    assert await couplets.left(event) == (2, 1), "nothing is had by being first"

    await couplets.later(HOUR)
    await couplets.work_off()
    late = await couplets.reserve(await make.member(), event)
    assert told(late) == (409, "result_pending")
    assert late.json()["result_at"] > late.json()["server_time"]
    assert told(await couplets.wait(await make.member(), event)) == (409, "result_pending")
    noted = (await couplets.entry(crowd[0], event))["commitment"]
    early = await couplets.ask_order(event)
    assert told(early) == (409, "numbers_not_published")
    committed = await couplets.draw(event)
    assert (committed["state"], committed["commitment"]) == ("committed", noted)
    assert committed["bits"]["claim"] == "every_outcome"
    assert "order" in committed["bits"]["claim_en"]

    await couplets.later(HOUR / 4)
    strange = await couplets.ask_order(event, [[1, 2, 3]])
    assert told(strange) == (422, "input_invalid")
    await couplets.drawn(event)
    assert (await couplets.entry(crowd[0], event))["state"] == "entered", "no turn was taken yet"
    assert told(await couplets.ask_order(event)) == (409, "state_conflict")
    await couplets.work_off()

    proof = await couplets.proof(event.body["fair"])
    order = [winner["ticket_no"] for winner in proof["winners"]]
    assert sorted(order) == sorted(tickets)
    outcomes = {}
    for member in crowd:
        mine = await couplets.entry(member, event)
        assert order[mine["place"] - 1] == mine["ticket_no"]
        outcomes[mine["place"]] = (member, mine)
        kind = "couplets.turn_granted" if mine["place"] <= 2 else "couplets.turn_waiting"
        assert await couplets.notices(member) == [kind]
    states = [outcomes[place][1]["state"] for place in sorted(outcomes)]
    assert states == ["granted"] * 2 + ["waiting"] * 3
    first, mine = outcomes[1]
    assert (await couplets.see(first, event))["mine"]["reservation_id"] == mine["reservation_id"]
    places = [(await couplets.see(outcomes[turn][0], event))["mine"]["place"] for turn in (3, 4, 5)]
    assert places == [1, 2, 3], "they wait in the order that was drawn"
    await assert_all_is_right(rooms)

    good = verified(proof, tmp_path, noted)
    assert good.returncode == 0, good.stdout
    assert all(ticket in good.stdout for ticket in tickets)
    swapped = {**proof, "winners": [*proof["winners"][1::-1], *proof["winners"][2:]]}
    assert verified(swapped, tmp_path).returncode == 1
    assert verified({**proof, "public_numbers": ["60" * 32]}, tmp_path).returncode == 1
    assert verified(proof, tmp_path, "0" * 64).returncode == 1, "another commitment was noted"

    # From here on whoever comes first has what comes free; it is the list's first.
    await couplets.cancel(first, mine["reservation_id"])
    assert await couplets.offer(outcomes[3][0], event) is not None
    assert told(await couplets.reserve(await make.member(), event)) == (409, "sold_out")
    repeated = await couplets.reserve(crowd[0], event, key="k")
    assert repeated.status_code == 202, "the first answer stays the answer"
    await assert_all_is_right(rooms)


async def test_an_ask_is_changed_taken_back_and_one_a_person(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    now = rooms.clock.now()
    variant = {"title": "福字", "reserved": 1, "walk_in": 0}
    plan: dict[str, Any] = {
        "variants": [variant, {**variant, "title": "春联"}],
        "opening": "fair_draw",
        "opening_window_min": 60,
    }
    late = await couplets.create(
        **plan,
        reserve_opens_at=now.isoformat(),
        reserve_closes_at=(now + HOUR + timedelta(minutes=5)).isoformat(),
    )
    assert late.json()["errors"][0]["code"] == "result_too_late"
    event = await couplets.event(**plan, reserve_opens_at=(now + HOUR).isoformat())
    ann, gone, erased = await make.member(), await make.member(), await make.member()
    other = await make.member(person_id=ann.person_id)
    assert told(await couplets.reserve(ann, event)) == (409, "not_open")
    moved = await couplets.change(event, reserve_opens_at=now.isoformat())
    assert told(moved) == (409, "state_conflict"), "the window is published"
    assert (await couplets.change(event, title="另一个名字")).status_code == 200
    await couplets.later(HOUR)

    assert told(await couplets.take_back(ann, event)) == (404, "not_found")
    first = await couplets.reserve(ann, event, key="k")
    reused = await couplets.reserve(ann, event, key="k", variant=1)
    assert told(reused) == (422, "idempotency_key_reused")
    assert told(await couplets.reserve(other, event)) == (409, "already_entered")
    changed = await couplets.reserve(ann, event, variant=1, site=1)
    assert changed.json()["ticket_no"] == first.json()["ticket_no"]
    assert changed.json()["variant_id"] == event.choice(1)["variant_id"]
    for member in (gone, erased):
        await couplets.reserve(member, event)
    assert (await couplets.take_back(gone, event)).json()["state"] == "withdrawn"
    assert told(await couplets.take_back(gone, event)) == (409, "state_conflict")
    page = await couplets.client.get("/v1/me/packs", headers=auth(make.token(ann)))
    [card] = [each for each in page.json()["packs"] if each["kind"] == "couplets"]
    assert (card["can"], card["reason"]) == ([], "result_pending")
    erasure = await couplets.client.post("/v1/me/erasure", headers=couplets.as_member(erased))
    assert erasure.status_code == 200, erasure.text

    await couplets.close_window(event)
    assert told(await couplets.take_back(ann, event)) == (409, "deadline_passed")
    assert (await couplets.draw(event))["entrants_count"] == 2
    await couplets.drawn(event)
    await couplets.work_off()
    assert (await couplets.entry(ann, event))["state"] == "granted"
    assert (await couplets.entry(gone, event))["state"] == "withdrawn"
    assert (await couplets.reserve(gone, event)).status_code == 201, "a pair is left for anybody"
    await assert_all_is_right(rooms)


async def test_nobody_asks_and_whoever_comes_first_has_a_pair_when_the_window_is_over(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.fair_event(reserved=1)
    ann = await make.member()
    await couplets.later(HOUR)
    assert told(await couplets.reserve(ann, event)) == (409, "result_pending")
    await couplets.work_off()
    assert (await couplets.reserve(ann, event)).status_code == 201
    assert (await couplets.draw(event))["state"] == "frozen", "an empty list needs no number"
    first_come = await couplets.event()
    assert told(await couplets.ask_order(first_come)) == (404, "not_found")
    missing = await couplets.client.get(f"{first_come.path}/entry", headers=auth(make.token(ann)))
    assert told(missing) == (404, "not_found")
    await assert_all_is_right(rooms)


async def test_a_worker_that_is_killed_between_turns_is_followed_at_the_same_place(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    """What is cancelled meanwhile is the next one's, and not the door's."""
    event = await couplets.fair_event(reserved=1)
    crowd = [await make.member() for _ in range(3)]
    for member in crowd:
        await couplets.reserve(member, event)
    draw = await couplets.close_window(event)
    await couplets.drawn(event)
    async with rooms.sessions.begin() as session:
        await take_turns(session, TAKING, UUID(draw["id"]), actor=make.actor, most=1)
    order = [each["ticket_no"] for each in (await couplets.proof(event.body["fair"]))["winners"]]
    by_ticket: dict[str, Member] = {}
    for member in crowd:
        by_ticket[(await couplets.entry(member, event))["ticket_no"]] = member
    first, second, third = (by_ticket[ticket] for ticket in order)
    assert (await couplets.entry(first, event))["state"] == "granted"
    assert told(await couplets.reserve(await make.member(), event)) == (409, "result_pending")
    await couplets.cancel(first, (await couplets.entry(first, event))["reservation_id"])
    assert await couplets.left(event) == (1, 1), "it does not go to the door"
    await couplets.work_off()
    assert (await couplets.entry(second, event))["state"] == "granted"
    assert (await couplets.entry(third, event))["state"] == "waiting"
    async with rooms.sessions() as session:
        taken = await session.scalars(select(DrawTurn.turn).order_by(DrawTurn.turn))
        assert taken.all() == [1, 2, 3]
    assert NUMBER in json.dumps(await couplets.proof(event.body["fair"]))
    await assert_all_is_right(rooms)
