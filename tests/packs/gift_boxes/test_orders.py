"""Orders that are not paid: all or nothing, at the price shown, returned once. D5 and D27: shops
that lost count of their stock (cases.md)."""

from datetime import timedelta

import pytest

from app.models.states import PackKind
from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.gifting import ADDRESS, HOLD, HOUR, PRICE, Gifts, told
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def test_two_boxes_are_ordered_together_or_not_at_all(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    nuts, fruit = await gifts.box(), await gifts.box(name="水果礼盒", quantity=1)
    ann, bob = await make.member(), await make.member()
    answer = await gifts.order(ann, (nuts, 2), (fruit, 1), key="one", price_fen=PRICE)
    order = answer.json()
    assert (answer.status_code, order["state"]) == (201, "placed")
    assert order["amount_fen"] == 3 * PRICE
    assert [(line["name"], line["quantity"]) for line in order["lines"]] == [
        ("坚果礼盒", 2),
        ("水果礼盒", 1),
    ]
    again = await gifts.order(ann, (nuts, 2), (fruit, 1), key="one", price_fen=PRICE)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (order, "true")
    assert told(await gifts.order(ann, (nuts, 1), key="one")) == (422, "idempotency_key_reused")
    refused = await gifts.order(bob, (nuts, 1), (fruit, 1))
    assert told(refused) == (409, "sold_out")
    assert (refused.json()["box_id"], refused.json()["name"]) == (fruit["id"], "水果礼盒")
    assert (await gifts.left(nuts), await gifts.left(fruit)) == (1, 0)
    assert (await gifts.see(ann, nuts))["mine"]["count"] == 2
    await assert_books_are_right(rooms)


async def test_D5_two_lines_of_one_box_are_counted_together(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box = await gifts.box(quantity=3, per_person=4)
    ann, bob = await make.member(), await make.member()
    assert told(await gifts.order(ann, (box, 2), (box, 2))) == (409, "sold_out")
    answer = await gifts.order(ann, (box, 1), (box, 2))
    assert [line["quantity"] for line in answer.json()["lines"]] == [3]
    assert answer.json()["amount_fen"] == 3 * PRICE
    assert told(await gifts.order(bob, (box, 1))) == (409, "sold_out")
    await assert_books_are_right(rooms)


async def test_what_is_refused_takes_nothing(gifts: Gifts, make: Factory, rooms: Rooms) -> None:
    box = await gifts.box(quantity=5)
    soon = await gifts.box(
        name="茶礼盒", opens_at=gifts.plan()["closes_at"], closes_at="2099-01-01T00:00:00Z"
    )
    ann = await make.member()
    early = await gifts.order(ann, (box, 1), (soon, 1))
    assert told(early) == (409, "not_open")
    assert early.json()["box_id"] == soon["id"]
    many = await gifts.order(ann, (box, 3))
    assert told(many) == (409, "limit_reached")
    assert (many.json()["rule"], many.json()["limit"]) == ("per_person", 2)
    dearer = await gifts.order(ann, (box, 1), price_fen=PRICE - 1)
    assert told(dearer) == (409, "price_changed")
    assert (dearer.json()["price_fen"], dearer.json()["box_id"]) == (PRICE, box["id"])
    assert await gifts.left(box) == 5
    await gifts.later(8 * 24 * HOUR)
    over = await gifts.order(ann, (box, 1))
    assert told(over) == (409, "not_open")
    assert "closes_at" in over.json()
    await assert_books_are_right(rooms)


async def test_an_order_keeps_its_price_and_a_new_one_is_told_of_the_new(
    gifts: Gifts, make: Factory
) -> None:
    box, ann = await gifts.box(), await make.member()
    order_id = await gifts.ordered(ann, (box, 1), price_fen=PRICE)
    assert (await gifts.change(box, member_price_fen=8_800)).status_code == 200
    assert told(await gifts.order(ann, (box, 1), price_fen=PRICE)) == (409, "price_changed")
    assert (await gifts.look(ann, order_id))["amount_fen"] == PRICE
    assert (await gifts.order(ann, (box, 1))).json()["amount_fen"] == 8_800


async def test_one_site_or_address_serves_the_whole_order(gifts: Gifts, make: Factory) -> None:
    both = [gifts.site(), gifts.site("李沧工会驿站")]
    nuts = await gifts.box(sites=both)
    fruit = await gifts.box(name="水果礼盒", sites=both[1:], is_delivered=False)
    ann = await make.member()
    assert nuts["sites"][1] == fruit["sites"][0], "the same site for both boxes"
    wrong = await gifts.order(ann, (nuts, 1), (fruit, 1))
    assert wrong.json()["errors"][0]["code"] == "site_unknown"
    sent = await gifts.order(ann, (nuts, 1), (fruit, 1), delivery=ADDRESS)
    assert sent.json()["errors"][0]["code"] == "not_delivered"
    common = {"mode": "pickup", "site_id": fruit["sites"][0]["id"]}
    placed = await gifts.order(ann, (nuts, 1), (fruit, 1), delivery=common)
    assert placed.json()["delivery"]["site_name"] == "李沧工会驿站"
    home = (await gifts.order(ann, (nuts, 1), delivery=ADDRESS)).json()["delivery"]
    assert (home["name"], home["phone"], home["address"]) == ("王**", "199****1234", "****")
    over = gifts.site("已结束的站点") | {"closes_at": "2023-01-11T09:00:00+08:00"}
    tea = await gifts.box(name="茶礼盒", sites=[over])
    closed = await gifts.order(ann, (tea, 1))
    assert closed.json()["errors"][0]["code"] == "site_closed", "nobody would hand it out"
    unknown = {**nuts, "id": placed.json()["id"]}
    answer = await gifts.order(ann, (unknown, 1))
    assert answer.json()["errors"][0]["code"] == "box_unknown"


async def test_D27_an_unpaid_order_is_cancelled_once_however_often_it_is_asked(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, (ann, bob) = await gifts.box(quantity=2), (await make.member(), await make.member())
    order_id = await gifts.ordered(ann, (box, 2))
    assert await gifts.left(box) == 0
    first = await gifts.cancel(ann, order_id, key="once")
    assert (first.json()["state"], first.json()["cancel_cause"]) == ("cancelled", "asked")
    assert (await gifts.cancel(ann, order_id, key="once")).json() == first.json()
    assert told(await gifts.cancel(ann, order_id)) == (409, "state_conflict")
    assert told(await gifts.cancel(bob, order_id)) == (404, "not_found")
    assert told(await gifts.of_order(ann, order_id, "payments")) == (409, "state_conflict")
    assert await gifts.left(box) == 2
    await gifts.work_off()
    assert await gifts.left(box) == 2
    await assert_books_are_right(rooms)


async def test_what_nobody_pays_in_time_lapses_and_comes_back_once(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, ann = await gifts.box(quantity=2), await make.member()
    order_id = await gifts.ordered(ann, (box, 2))
    await gifts.later(HOLD)
    seen = await gifts.look(ann, order_id)
    assert (seen["state"], seen["cancel_cause"]) == ("cancelled", "lapsed"), "read so at once"
    assert told(await gifts.cancel(ann, order_id)) == (409, "state_conflict")
    expired = await gifts.of_order(ann, order_id, "payments")
    assert told(expired) == (409, "order_expired")
    await gifts.work_off()
    assert await gifts.left(box) == 2
    assert told(await gifts.of_order(ann, order_id, "payments")) == (409, "order_expired")
    assert await gifts.notices(ann) == ["gift_boxes.lapsed"]
    await assert_books_are_right(rooms)


async def test_my_own_lapsed_hold_is_not_in_my_way(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, ann = await gifts.box(quantity=2, per_person=1), await make.member()
    await gifts.ordered(ann, (box, 1))
    assert told(await gifts.order(ann, (box, 1))) == (409, "limit_reached")
    await gifts.later(HOLD + timedelta(seconds=1))
    await gifts.ordered(ann, (box, 1))
    await assert_books_are_right(rooms)


async def test_a_closed_pack_sells_nothing_and_what_is_held_can_be_paid(
    gifts: Gifts, make: Factory
) -> None:
    box, ann = await gifts.box(), await make.member()
    order_id = await gifts.ordered(ann, (box, 1))
    await make.switch(PackKind.GIFT_BOXES, "close")
    assert told(await gifts.order(ann, (box, 1))) == (409, "not_open")
    assert told(await gifts.wait(ann, box)) == (409, "not_open")
    assert (await gifts.of_order(ann, order_id, "payments")).status_code == 201
