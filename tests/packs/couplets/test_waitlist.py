"""Where a pair goes that somebody gave up. D8 to D12: systems that lost it on the way, or offered
it to the wrong person (cases.md)."""

from datetime import timedelta

import pytest

from app.packs.couplets.rules import shown
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from tests.coupletting import HOUR, Couplets, Event, told
from tests.factories import Factory
from tests.packs.couplets.books import assert_couplets_are_right

pytestmark = pytest.mark.anyio


async def waiting(couplets: Couplets, make: Factory, event: Event, count: int) -> list[Member]:
    """So many on the list, in this order."""
    members = [await make.member() for _ in range(count)]
    for place, member in enumerate(members, start=1):
        answer = await couplets.wait(member, event)
        assert (answer.status_code, answer.json().get("place")) == (201, place), answer.text
    return members


async def why(couplets: Couplets, event: Event) -> list[tuple[str, str | None]]:
    listed = await couplets.look(event, "/waitlist")
    return [(place["state"], place["why"]) for place in listed["items"]]


async def test_D8_a_cancelled_pair_is_somebody_elses_at_once(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=2)
    ann, bob = await make.member(), await make.member()
    first, second = await couplets.reserved(ann, event), await couplets.reserved(bob, event)
    [cat] = await waiting(couplets, make, event, 1)
    cancelled = await couplets.cancel(ann, first)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    offer = await couplets.offer(cat, event)
    assert offer is not None
    assert await couplets.left(event) == (0, 1)
    assert told(await couplets.cancel(ann, first)) == (409, "state_conflict")
    await couplets.cancel(bob, second)
    assert await couplets.left(event) == (0, 2), "nobody waits any more, so it is at the door"
    accepted = await couplets.accept(cat, offer)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "reserved")
    assert accepted.json()["was_offered"] is True
    assert told(await couplets.accept(cat, offer)) == (409, "state_conflict")
    await couplets.work_off()
    assert await couplets.notices(cat) == ["couplets.offered"]
    await assert_couplets_are_right(rooms)


async def test_D9_who_cancels_is_not_offered_it_again_and_the_next_is(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=1)
    ann = await make.member()
    reservation_id = await couplets.reserved(ann, event)
    bob, cat, dan = await waiting(couplets, make, event, 3)
    await couplets.cancel(ann, reservation_id)
    assert told(await couplets.wait(ann, event)) == (409, "not_offered_again")
    left = await couplets.leave(bob, event)
    assert (left.status_code, left.json()["state"]) == (200, "left")
    assert told(await couplets.wait(bob, event)) == (409, "not_offered_again")
    offer = await couplets.offer(cat, event)
    assert offer is not None
    accepted = (await couplets.accept(cat, offer)).json()["id"]
    await couplets.cancel(cat, accepted)
    assert await couplets.offer(cat, event) is None
    assert await couplets.offer(dan, event) is not None
    assert told(await couplets.leave(cat, event)) == (409, "state_conflict")
    await assert_couplets_are_right(rooms)


async def test_D10_a_cancelled_pair_of_the_list_is_one_more_for_others(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=1, walk_in=0)
    ann = await make.member()
    reservation_id = await couplets.reserved(ann, event)
    [bob] = await waiting(couplets, make, event, 1)
    await couplets.cancel(ann, reservation_id)
    offer = await couplets.offer(bob, event)
    assert offer is not None
    accepted = (await couplets.accept(bob, offer)).json()["id"]
    assert told(await couplets.walk_in(event)) == (409, "sold_out")
    await couplets.cancel(bob, accepted)
    assert await couplets.left(event) == (0, 1)
    assert (await couplets.walk_in(event)).status_code == 201
    await assert_couplets_are_right(rooms)


async def test_D11_who_held_nothing_frees_nothing(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    """Pretix removed an unused voucher of 60 on a full quota, and offered what was not there."""
    event = await couplets.event(reserved=2, walk_in=1)
    holders = [await make.member() for _ in range(2)]
    held = [await couplets.reserved(member, event) for member in holders]
    *leaving, last = await waiting(couplets, make, event, 7)
    for member in leaving:
        await couplets.leave(member, event)
    proxy = await couplets.of_reservation(holders[0], held[0], "proxy")
    assert (await couplets.of_reservation(holders[0], held[0], "proxy")).status_code == 200
    assert proxy.status_code == 200
    pickup_id = (await couplets.walk_in(event)).json()["id"]
    await couplets.reverse(pickup_id)
    assert await couplets.offer(last, event) is None
    assert await couplets.left(event) == (0, 1)
    assert (await why(couplets, event))[-1] == ("waiting", "nothing_free")
    await assert_couplets_are_right(rooms)


async def test_D12_nothing_is_offered_when_it_is_too_late(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    """Neither within the lead before the window closes nor after it; nor does an offer outlive
    the window. What was not offered is at the door."""
    now = make.rooms.clock.now()
    closes_at = now + 2 * HOUR
    event = await couplets.event(
        reserved=2,
        walk_in=0,
        reserve_closes_at=closes_at.isoformat(),
        offer_valid_min=10_080,
        offer_lead_min=30,
    )
    ann, bob = await make.member(), await make.member()
    first, second = await couplets.reserved(ann, event), await couplets.reserved(bob, event)
    cat, _ = await waiting(couplets, make, event, 2)
    await couplets.cancel(ann, first)
    listed = (await couplets.look(event, "/waitlist"))["items"]
    assert listed[0]["offer_expires_at"] == shown(closes_at)
    await couplets.later(timedelta(minutes=95))
    assert told(await couplets.wait(await make.member(), event)) == (409, "not_open")
    await couplets.cancel(bob, second)
    assert await couplets.left(event) == (0, 1)
    await couplets.later(timedelta(minutes=30))
    offer = str(listed[0]["id"])
    assert told(await couplets.accept(cat, offer)) == (404, "not_found"), "a place is no offer"
    await couplets.work_off()
    assert await couplets.left(event) == (0, 2)
    assert await why(couplets, event) == [("lapsed", None), ("waiting", "list_over")]
    assert await couplets.notices(cat) == ["couplets.offer_lapsed", "couplets.offered"]
    await assert_couplets_are_right(rooms)


async def test_an_offer_that_nobody_accepts_goes_to_the_next_and_then_to_the_door(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=1, walk_in=0, offer_valid_min=60)
    ann = await make.member()
    reservation_id = await couplets.reserved(ann, event)
    bob, cat = await waiting(couplets, make, event, 2)
    assert told(await couplets.wait(bob, event)) == (409, "already_waiting")
    await couplets.cancel(ann, reservation_id)
    offer = await couplets.offer(bob, event)
    assert offer is not None
    held = await couplets.reserve(bob, event)
    assert told(held) == (409, "already_reserved")
    assert (held.json()["reservation_id"], held.json()["offer_id"]) == (None, offer)
    await couplets.later(HOUR)
    assert await couplets.offer(bob, event) is None, "its time decides, whether a job has been"
    assert told(await couplets.accept(bob, offer)) == (409, "offer_expired")
    assert told(await couplets.leave(bob, event)) == (409, "offer_expired")
    await couplets.work_off()
    assert await couplets.offer(cat, event) is not None
    assert (await couplets.wait(bob, event)).status_code == 201, "at the end of the list"
    await couplets.later(HOUR)
    await couplets.work_off()
    assert await couplets.offer(bob, event) is not None
    await couplets.later(HOUR)
    await couplets.work_off()
    assert await couplets.left(event) == (0, 1)
    await assert_couplets_are_right(rooms)


async def test_more_paper_is_offered_to_the_list_before_anybody_else(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=1, walk_in=0)
    await couplets.reserved(await make.member(), event)
    bob, cat = await waiting(couplets, make, event, 2)
    changed = await couplets.stock(event, pool="reserved", expected_total=1, total=4)
    assert changed.status_code == 200, changed.text
    assert None not in [await couplets.offer(each, event) for each in (bob, cat)]
    assert await couplets.left(event) == (1, 0)
    dan = await make.member()
    assert told(await couplets.wait(dan, event)) == (409, "pairs_left")
    reservation_id = await couplets.reserved(dan, event)
    refused = await couplets.wait(dan, event)
    assert refused.json()["reservation_id"] == reservation_id
    fewer = await couplets.stock(event, pool="reserved", expected_total=4, total=3)
    assert told(fewer) == (409, "below_issued")
    stale = await couplets.stock(event, pool="reserved", expected_total=1, total=9)
    assert told(stale) == (412, "version_stale")
    await assert_couplets_are_right(rooms)


async def test_who_has_reserved_meanwhile_waits_no_more_and_is_not_offered_one(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    """On another phone, another variant; and whose site ends too soon is passed over."""
    now = make.rooms.clock.now()
    plan = couplets.plan(reserved=1)
    variant = plan["variants"][0]
    early = {**plan["sites"][1], "opens_at": now.isoformat()}
    early["closes_at"] = (now + 3 * HOUR).isoformat()
    event = await couplets.event(
        variants=[variant, {**variant, "title": "福字"}], sites=[plan["sites"][0], early]
    )
    ann = await make.member()
    reservation_id = await couplets.reserved(ann, event)
    bob, cat, dan = [await make.member() for _ in range(3)]
    assert (await couplets.wait(bob, event)).status_code == 201
    assert (await couplets.wait(cat, event, site=1)).status_code == 201
    assert (await couplets.wait(dan, event)).status_code == 201
    await couplets.reserved(bob, event, variant=1)
    await couplets.later(2 * HOUR + timedelta(minutes=10))
    await couplets.cancel(ann, reservation_id)
    assert await why(couplets, event) == [
        ("left", None),
        ("passed_over", "site_too_near"),
        ("offered", None),
    ]
    await assert_couplets_are_right(rooms)
