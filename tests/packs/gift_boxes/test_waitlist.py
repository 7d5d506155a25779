"""Where a box goes that came free: to who waits, in the transaction that freed it."""

import pytest

from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.gifting import HOLD, HOUR, PRICE, Gifts, told
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def test_what_lapses_or_is_cancelled_is_offered_to_who_waits(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box = await gifts.box(quantity=2, per_person=1)
    ann, bob, cat, dan = [await make.member() for _ in range(4)]
    assert told(await gifts.wait(cat, box)) == (409, "boxes_left")
    first = await gifts.ordered(ann, (box, 1))
    await gifts.ordered(bob, (box, 1))
    assert told(await gifts.wait(ann, box)) == (409, "limit_reached")
    places = [await gifts.wait(each, box) for each in (cat, dan)]
    assert [(each.status_code, each.json()["place"]) for each in places] == [(201, 1), (201, 2)]
    assert told(await gifts.wait(cat, box)) == (409, "already_waiting")
    await gifts.cancel(ann, first)
    assert told(await gifts.wait(ann, box)) == (409, "not_offered_again")
    assert told(await gifts.order(ann, (box, 1))) == (409, "sold_out")
    offer = await gifts.offer(cat, box)
    assert offer is not None
    assert (await gifts.see(dan, box))["mine"]["place"] == 1
    wrong = await gifts.accept(cat, offer, price_fen=PRICE - 1)
    assert told(wrong) == (409, "price_changed")
    accepted = await gifts.accept(cat, offer, price_fen=PRICE)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "placed")
    assert told(await gifts.accept(cat, offer)) == (409, "state_conflict")
    await gifts.phone(await gifts.start(cat, accepted.json()["id"]))
    await gifts.deliver()
    assert await gifts.state(cat, accepted.json()["id"]) == "paid"
    await gifts.later(HOLD)
    await gifts.work_off()
    assert await gifts.offer(dan, box) is not None, "bob's lapsed"
    assert await gifts.left(box) == 0
    assert await gifts.notices(dan) == ["gift_boxes.offered"]
    await assert_books_are_right(rooms)


async def test_an_offer_that_nobody_takes_goes_on_and_then_back(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box = await gifts.box(quantity=1)
    ann, bob, cat = [await make.member() for _ in range(3)]
    order_id = await gifts.ordered(ann, (box, 1))
    for each in (bob, cat):
        assert (await gifts.wait(each, box)).status_code == 201
    await gifts.cancel(ann, order_id)
    lost = await gifts.offer(bob, box)
    assert lost is not None
    await gifts.later(2 * HOUR)
    assert told(await gifts.accept(bob, lost)) == (409, "offer_expired")
    assert told(await gifts.leave(bob, box)) == (409, "offer_expired")
    await gifts.work_off()
    assert await gifts.notices(bob) == ["gift_boxes.offer_lapsed", "gift_boxes.offered"]
    kept = await gifts.offer(cat, box)
    assert kept is not None
    left = await gifts.leave(cat, box)
    assert (left.status_code, left.json()["state"]) == (200, "left")
    assert told(await gifts.accept(cat, kept)) == (409, "state_conflict")
    assert told(await gifts.leave(cat, box)) == (409, "state_conflict")
    assert await gifts.left(box) == 1, "nobody waits any more"
    await gifts.ordered(bob, (box, 1))
    await assert_books_are_right(rooms)


async def test_who_waits_comes_before_the_crowd_when_boxes_are_added(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box = await gifts.box(quantity=1)
    ann, bob = await make.member(), await make.member()
    await gifts.ordered(ann, (box, 1))
    await gifts.wait(bob, box)
    assert (await gifts.restock(box, 1, 2)).json()["left"] == 0
    assert await gifts.offer(bob, box) is not None
    assert told(await gifts.restock(box, 2, 1)) == (409, "below_issued")
    assert told(await gifts.restock(box, 1, 5)) == (412, "version_stale")
    await assert_books_are_right(rooms)
