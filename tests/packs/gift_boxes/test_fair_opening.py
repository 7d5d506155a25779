"""Free boxes that open by a fair draw: whoever may have one and asks within the window is put in an
order that anybody can draw again, and is given one in that order; what comes free goes on in it."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from app.models.states import Category, Role
from app.packs.gift_boxes.fair import find_ask
from app.packs.gift_boxes.fair_turns import taking
from app.platform.errors import NotFound
from app.routers.rooms import Rooms
from app.shared.draws import take_turns
from app.shared.identity.callers import Member
from tests.factories import Factory, auth
from tests.gifting import ADDRESS, HOUR, STAFF, Gifts, told
from tests.opening import assert_draws_are_right, verified
from tests.packs.gift_boxes.test_fulfilment import hard_up
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def assert_all_is_right(rooms: Rooms) -> None:
    await assert_books_are_right(rooms)
    await assert_draws_are_right(rooms)


async def in_order(gifts: Gifts, box: dict[str, Any], crowd: list[Member]) -> list[Member]:
    """As the public proof has them."""
    tickets = {(await gifts.entry(member, box))["ticket_no"]: member for member in crowd}
    proof = await gifts.proof(box["fair"])
    return [tickets[each["ticket_no"]] for each in proof["winners"]]


async def state(gifts: Gifts, box: dict[str, Any], member: Member) -> str:
    return str((await gifts.entry(member, box))["state"])


async def free_left(gifts: Gifts, box: dict[str, Any]) -> int:
    answer = await gifts.client.get(f"{STAFF}/{box['id']}", headers=await gifts.as_staff())
    return int(answer.json()["free_left"])


async def test_who_may_have_one_and_asks_in_time_is_given_one_in_the_drawn_order(
    gifts: Gifts, make: Factory, rooms: Rooms, tmp_path: Path
) -> None:
    box = await gifts.fair_box(free_quantity=2)
    crowd = [await hard_up(make) for _ in range(6)]
    rider, nobody = await hard_up(make, Category.OUTDOOR), await make.member(categories=[])
    assert told(await gifts.claim_free(nobody, box)) == (403, "not_eligible")
    assert told(await gifts.claim_free(rider, box)) == (403, "not_eligible")
    nowhere = await gifts.claim_free(crowd[0], box, mode="pickup", site_id=str(UUID(int=1)))
    assert told(nowhere) == (422, "input_invalid")
    first = await gifts.claim_free(crowd[0], box, key="k")
    assert (first.status_code, first.json()["state"]) == (202, "entered")
    again = await gifts.claim_free(crowd[0], box, key="k")
    assert (again.status_code, again.json()) == (202, first.json())
    moved = await gifts.claim_free(crowd[0], box, **ADDRESS)
    assert moved.json()["ticket_no"] == first.json()["ticket_no"]
    assert (moved.json()["mode"], moved.json()["site_id"]) == ("delivery", None)
    other = await make.member(person_id=crowd[0].person_id, categories=[Category.HARDSHIP])
    assert told(await gifts.claim_free(other, box)) == (409, "already_entered")
    for member in crowd[1:]:
        assert (await gifts.claim_free(member, box)).status_code == 202
    gone, erased = crowd[4:]
    assert (await gifts.take_back(gone, box)).json()["state"] == "withdrawn"
    assert told(await gifts.take_back(gone, box)) == (409, "state_conflict")
    assert told(await gifts.take_back(rider, box)) == (404, "not_found")
    erasure = await gifts.client.post("/v1/me/erasure", headers=gifts.as_member(erased))
    assert erasure.status_code == 200, erasure.text
    with pytest.raises(NotFound):
        await find_ask(rooms.sessions, member_id=erased.id, box_id=UUID(box["id"]))
    assert await free_left(gifts, box) == 2, "nothing is had by being first"

    draw = await gifts.close_window(box)
    assert (draw["state"], draw["entrants_count"]) == ("committed", 5)
    assert told(await gifts.take_back(crowd[0], box)) == (409, "deadline_passed")
    assert told(await gifts.claim_free(await hard_up(make), box)) == (409, "result_pending")
    await gifts.drawn(box)
    await gifts.work_off()
    proof = await gifts.proof(box["fair"])
    checked = verified(proof, tmp_path, draw["commitment"])
    assert checked.returncode == 0, checked.stdout
    swapped = {**proof, "winners": [*proof["winners"][1::-1], *proof["winners"][2:]]}
    assert verified(swapped, tmp_path).returncode == 1

    tickets = {(await gifts.entry(each, box))["ticket_no"]: each for each in crowd[:4]}
    order = [tickets[n["ticket_no"]] for n in proof["winners"] if n["ticket_no"] in tickets]
    told_as = ["granted"] * 2 + ["waiting"] * 2
    assert [await state(gifts, box, member) for member in order] == told_as
    for member, outcome in zip(order, told_as, strict=True):
        assert await gifts.notices(member) == [f"gift_boxes.turn_{outcome}"]
    mine = (await gifts.see(crowd[0], box))["mine"]["ticket"]
    assert mine == await gifts.entry(crowd[0], box)
    winner = (await gifts.entry(order[0], box))["order_id"]
    given = await gifts.look(order[0], winner)
    assert (given["kind"], given["state"], given["amount_fen"]) == ("free", "paid", 0)
    if order[0] == crowd[0]:
        assert given["delivery"]["mode"] == "delivery"
    assert await gifts.left(box) == 3, "what is sold is another matter"
    await assert_all_is_right(rooms)

    # What comes free goes on in the order: given up, added, or to whoever is next after that.
    assert told(await gifts.cancel(order[0], winner)) == (200, None)
    assert [await state(gifts, box, member) for member in order[2:]] == ["granted", "waiting"]
    await gifts.work_off()
    assert (await gifts.notices(order[2]))[0] == "gift_boxes.given"
    assert told(await gifts.claim_free(await hard_up(make), box)) == (409, "sold_out")
    assert (await gifts.take_back(order[3], box)).json()["state"] == "withdrawn"
    assert told(await gifts.take_back(order[3], box)) == (409, "state_conflict")
    assert told(await gifts.take_back(order[2], box)) == (409, "state_conflict")
    assert (await gifts.restock(box, 2, 3, pool="free")).status_code == 200
    assert await state(gifts, box, order[3]) == "withdrawn"
    late = await gifts.claim_free(await hard_up(make), box)
    assert late.status_code == 201, "whoever comes first has what is left"
    assert told(await gifts.claim_free(order[2], box)) == (409, "limit_reached")
    await assert_all_is_right(rooms)


async def test_the_most_in_need_stand_in_an_order_of_their_own_and_nobody_before_it(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    now = rooms.clock.now()
    short = (now + timedelta(minutes=65)).isoformat()
    late = await gifts.create(opening="fair_draw", opens_at=now.isoformat(), closes_at=short)
    assert late.json()["errors"][0]["code"] == "result_too_late"
    opens = now + HOUR
    site = gifts.site() | {"closes_at": (now + 30 * HOUR).isoformat()}
    plan = {"opening": "fair_draw", "opens_at": opens.isoformat(), "free_quantity": 1}
    box = await gifts.box(sites=[site], **plan)
    soon = (opens + HOUR / 2).isoformat()
    within = await gifts.set_windows(box, hardship=box["opens_at"], outdoor=soon)
    assert within.json()["errors"][0]["code"] == "window_within_draw"
    after = (opens + 3 * HOUR).isoformat()
    settled = await gifts.set_windows(box, hardship=box["opens_at"], outdoor=after)
    assert settled.status_code == 200, settled.text
    shown = settled.json()["windows"]
    poor, rider = [await hard_up(make) for _ in range(2)], await hard_up(make, Category.OUTDOOR)
    assert told(await gifts.claim_free(poor[0], box)) == (409, "not_open")
    assert told(await gifts.change(box, opens_at=now.isoformat())) == (409, "state_conflict")
    await gifts.later(HOUR)
    assert told(await gifts.set_windows(box, outdoor=after)) == (409, "state_conflict")
    for member in poor:
        assert (await gifts.claim_free(member, box)).status_code == 202
    early = await gifts.claim_free(rider, box)
    assert (told(early), early.json()["opens_at"]) == ((409, "not_open"), shown[1]["opens_at"])

    await gifts.close_window(box)
    await gifts.drawn(box)
    boss = await gifts.as_staff(Role.ADMINISTRATOR)
    switch = "/v1/admin/packs/gift_boxes/"
    await gifts.client.post(f"{switch}close", headers=boss, json={"reason": "盘点"})
    await gifts.work_off()
    assert [await state(gifts, box, each) for each in poor] == ["entered"] * 2, "turns wait"
    await gifts.client.post(f"{switch}open", headers=boss, json={"reason": "盘点完"})
    async with rooms.sessions.begin() as session:
        # A worker that is killed after one turn is followed at the same place.
        draw_id = UUID(box["fair"]["draw_id"])
        assert await take_turns(session, taking(rooms.sealer), draw_id, actor=make.actor, most=1)
    first, second = await in_order(gifts, box, poor)
    assert told(await gifts.claim_free(second, box)) == (409, "result_pending")
    await gifts.later(HOUR / 6)
    await gifts.work_off()
    assert await state(gifts, box, first) == "granted"
    assert await state(gifts, box, second) == "waiting"
    await gifts.later(3 * HOUR)
    late = await gifts.claim_free_once_heard(rider, box)
    assert told(late) == (409, "sold_out"), "their window, and none"

    # What comes free while staff have closed the pack waits until they open it.
    await gifts.client.post(f"{switch}close", headers=boss, json={"reason": "盘点"})
    order_id = (await gifts.entry(first, box))["order_id"]
    assert told(await gifts.cancel(first, order_id)) == (200, None)
    await gifts.work_off()
    assert await state(gifts, box, second) == "waiting", "nothing is given while it is closed"
    await gifts.client.post(f"{switch}open", headers=boss, json={"reason": "盘点完"})
    await gifts.later(HOUR / 6)
    await gifts.work_off()
    assert await state(gifts, box, second) == "granted"
    # Nobody fetches it until the site closes, and nobody else could: it is free.
    await gifts.later(30 * HOUR)
    await gifts.work_off()
    taken = await gifts.look(second, (await gifts.entry(second, box))["order_id"])
    assert (taken["state"], taken["cancel_cause"]) == ("cancelled", "not_fetched")
    assert await free_left(gifts, box) == 1
    await assert_all_is_right(rooms)


async def test_what_has_no_fair_opening_has_no_entry_and_no_order(
    gifts: Gifts, make: Factory
) -> None:
    box, poor = await gifts.box(free_quantity=1), await hard_up(make)
    path = f"/v1/gift-boxes/{box['id']}/entry"
    missing = await gifts.client.get(path, headers=auth(make.token(poor)))
    assert told(missing) == (404, "not_found")
    assert told(await gifts.take_back(poor, box)) == (404, "not_found")
    assert told(await gifts.enter_number(f"{STAFF}/{box['id']}")) == (404, "not_found")
    fair = await gifts.fair_box()
    assert told(await gifts.enter_number(f"{STAFF}/{fair['id']}")) == (409, "state_conflict")
    await gifts.claim_free(poor, fair)
    await gifts.later(HOUR)
    await gifts.work_off()
    early = await gifts.enter_number(f"{STAFF}/{fair['id']}")
    assert told(early) == (409, "numbers_not_published")


async def test_my_tickets_of_many_boxes_are_read_together(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    poor, statements = await hard_up(make), []

    def note(*args: object) -> None:
        if "draw" in str(args[2]):
            statements.append(args[2])

    async def looked(box: dict[str, Any]) -> int:
        statements.clear()
        assert (await gifts.see(poor, box))["mine"]["ticket"] is not None
        return len(statements)

    counts = []
    for _ in range(2):
        box = await gifts.fair_box()
        assert (await gifts.claim_free(poor, box)).status_code == 202
        await gifts.see(poor, box)
        event.listen(rooms.engine.sync_engine, "before_cursor_execute", note)
        try:
            counts.append(await looked(box))
        finally:
            event.remove(rooms.engine.sync_engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]
