"""Money for orders: early, late, twice, for nothing, and back. D3 and D15: systems that gave back
what was paid, or lost what came a minute too late (cases.md)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.models.states import Role
from app.packs.gift_boxes.holdings import CHECKS
from app.packs.gift_boxes.paying import ORDER
from app.routers.rooms import Rooms
from app.shared.verification import run_checks
from tests.factories import Factory, auth
from tests.gifting import ADMIN_ORDERS, HOLD, PRICE, Gifts, told
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


async def test_an_order_is_paid_by_the_providers_word_and_told(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, (ann, bob) = await gifts.box(), (await make.member(), await make.member())
    order_id = await gifts.ordered(ann, (box, 2))
    assert told(await gifts.of_order(bob, order_id, "payments")) == (404, "not_found")
    prepay_id = await gifts.start(ann, order_id)
    assert await gifts.start(ann, order_id) == prepay_id, "one attempt, however often asked"
    await gifts.phone(prepay_id)
    assert await gifts.state(ann, order_id) == "placed", "the app's word is none"
    assert await gifts.deliver() == [204]
    assert await gifts.state(ann, order_id) == "paid"
    assert told(await gifts.of_order(ann, order_id, "payments")) == (409, "state_conflict")
    assert told(await gifts.cancel(ann, order_id)) == (409, "state_conflict")
    await gifts.later(HOLD)
    await gifts.work_off()
    assert await gifts.state(ann, order_id) == "paid", "what is paid does not lapse"
    assert await gifts.notices(ann) == ["gift_boxes.paid"]
    assert await gifts.left(box) == 1
    figures = await gifts.figures()
    assert (figures["participants"], figures["buyers"], figures["boxes"]) == (1, 1, 2)
    assert figures["kept_fen"] == 2 * PRICE
    await assert_books_are_right(rooms)
    # `verify` names money that is another sum in another place.
    async with rooms.sessions.begin() as session:
        await session.execute(text("UPDATE gift_boxes_order SET refunded_fen = 1"))
        wrong = {check.name async for check in run_checks(session, CHECKS) if check.faults}
    assert wrong == {
        "gift_boxes_kept_is_paid_less_refunds",
        "gift_boxes_payments_less_refunds_are_orders_and_sheets",
    }


async def test_D15_money_a_minute_late_is_honoured_while_there_is_stock(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, ann = await gifts.box(quantity=2), await make.member()
    order_id = await gifts.ordered(ann, (box, 2))
    prepay_id = await gifts.start(ann, order_id)
    await gifts.phone(prepay_id)
    await gifts.later(HOLD + MINUTE)
    await gifts.work_off()
    # The worker asked the provider before the hold was written down, or after: paid either way.
    await gifts.deliver()
    assert await gifts.state(ann, order_id) == "paid"
    assert await gifts.left(box) == 0
    await assert_books_are_right(rooms)


async def test_D15_money_after_the_lapse_buys_what_is_left_and_else_goes_back(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box = await gifts.box(quantity=2, per_person=1)
    ann, bob, cat = [await make.member() for _ in range(3)]
    orders = {each.id: await gifts.ordered(each, (box, 1)) for each in (ann, bob)}
    handed = {each.id: await gifts.start(each, orders[each.id]) for each in (ann, bob)}
    await gifts.later(HOLD + MINUTE)
    await gifts.work_off()
    assert await gifts.left(box) == 2
    await gifts.ordered(cat, (box, 1))
    for each in (ann, bob):
        await gifts.phone(handed[each.id], late=True)
    assert gifts.sandbox is not None
    first, second = gifts.sandbox.notifier.take()
    assert await gifts.deliver(first, first) == [204, 204], "said twice, heard once"
    assert await gifts.state(ann, orders[ann.id]) == "paid"
    assert await gifts.left(box) == 0
    await gifts.deliver(second)
    late = await gifts.look(bob, orders[bob.id])
    assert (late["state"], late["cancel_cause"]) == ("cancelled", "lapsed")
    await gifts.work_off()
    await gifts.deliver()
    assert set(await gifts.notices(ann)) == {"gift_boxes.lapsed", "gift_boxes.paid"}
    assert set(await gifts.notices(bob)) == {"gift_boxes.lapsed", "payments.returned"}
    assert [move["act"] for move in (await gifts.whole(orders[ann.id]))["moves"]] == [
        "place",
        "lapse",
        "honour",
    ]
    await assert_books_are_right(rooms)


async def test_D3_a_cancellation_beside_the_payment_gives_nothing_back_that_was_kept(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, (ann, bob) = await gifts.box(), (await make.member(), await make.member())
    kept = await gifts.ordered(ann, (box, 1))
    await gifts.phone(await gifts.start(ann, kept))
    assert gifts.sandbox is not None
    [word] = gifts.sandbox.notifier.take()
    await gifts.deliver(word)
    assert told(await gifts.cancel(ann, kept)) == (409, "state_conflict")
    assert await gifts.deliver(word, word) == [204, 204]
    given_up = await gifts.ordered(bob, (box, 1))
    prepay_id = await gifts.start(bob, given_up)
    await gifts.phone(prepay_id)
    await gifts.cancel(bob, given_up)
    await gifts.deliver()
    await gifts.work_off()
    await gifts.deliver()
    assert await gifts.state(ann, kept) == "paid"
    assert await gifts.state(bob, given_up) == "cancelled"
    assert "payments.returned" in await gifts.notices(bob)
    assert "payments.returned" not in await gifts.notices(ann)
    assert (await gifts.look(ann, kept))["refunded_fen"] == 0
    assert await gifts.left(box) == 2
    await assert_books_are_right(rooms)


async def test_an_order_is_given_back_by_line_and_as_a_whole_and_never_more(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    nuts, fruit = await gifts.box(), await gifts.box(name="水果礼盒")
    ann = await make.member()
    order_id = await gifts.paid(ann, (nuts, 2), (fruit, 1))
    lines = (await gifts.whole(order_id))["lines"]
    one = {"line_id": lines[0]["id"], "quantity": 1}
    part = await gifts.refund(order_id, lines=[one])
    assert (part.status_code, part.json()["amount_fen"]) == (201, PRICE)
    assert await gifts.left(nuts) == 2, "sold again"
    scrapped = await gifts.refund(order_id, lines=[one], stock="scrap")
    assert scrapped.status_code == 201
    assert await gifts.left(nuts) == 2, "nobody's"
    assert told(await gifts.refund(order_id, lines=[one])) == (409, "refund_too_large")
    strange = {"line_id": order_id, "quantity": 1}
    assert (await gifts.refund(order_id, lines=[strange])).status_code == 422
    seen = await gifts.look(ann, order_id)
    assert (seen["state"], seen["refunded_fen"]) == ("paid", 2 * PRICE)
    rest = await gifts.refund(order_id)
    assert rest.json()["amount_fen"] == PRICE
    assert told(await gifts.refund(order_id)) == (409, "state_conflict")
    await gifts.work_off()
    await gifts.deliver()
    await gifts.work_off()
    whole = await gifts.whole(order_id)
    assert (whole["state"], whole["refunded_fen"]) == ("refunded", 3 * PRICE)
    assert all(refund["returned_at"] for refund in whole["refunds"])
    assert (await gifts.notices(ann)).count("gift_boxes.refunded") == 3
    figures = await gifts.figures()
    assert (figures["buyers"], figures["boxes"], figures["kept_fen"]) == (0, 0, 0)
    assert figures["participants"] == 1
    unpaid = await gifts.ordered(ann, (fruit, 1))
    assert told(await gifts.refund(unpaid)) == (409, "state_conflict")
    await assert_books_are_right(rooms)


async def test_a_large_refund_takes_two_people(gifts: Gifts, make: Factory, rooms: Rooms) -> None:
    box, ann = await gifts.box(), await make.member()
    order_id = await gifts.paid(ann, (box, 2))
    finance = auth(await make.staff(Role.FINANCE, Role.ADMINISTRATOR))
    other = auth(await make.staff(Role.FINANCE))
    threshold = {"expected_fen": None, "threshold_fen": PRICE, "reason": "两人复核"}
    set_it = await gifts.client.put(
        "/v1/admin/approval-thresholds/gift_boxes.refund", headers=finance, json=threshold
    )
    assert set_it.is_success, set_it.text
    asked = await gifts.client.post(
        f"{ADMIN_ORDERS}/{order_id}/refunds",
        headers=finance,
        json={"stock": "return", "reason": "不要了"},
    )
    assert asked.status_code == 202
    assert await gifts.state(ann, order_id) == "paid"
    assert told(await gifts.refund(order_id)) == (409, "approval_pending")
    decided = await gifts.client.post(
        f"/v1/admin/approvals/{asked.json()['approval_id']}/decision",
        headers=other,
        json={"decision": "approve", "reason": "属实"},
    )
    assert decided.is_success, decided.text
    assert await gifts.state(ann, order_id) == "refunded"
    assert await gifts.left(box) == 3
    await gifts.work_off()
    await gifts.deliver()
    await assert_books_are_right(rooms)


async def test_money_that_staff_give_back_of_the_payment_is_known_to_the_order(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, ann = await gifts.box(), await make.member()
    order_id = await gifts.paid(ann, (box, 2))
    finance = await gifts.as_staff(Role.FINANCE)
    listed = await gifts.client.get(f"/v1/admin/payments?payable_id={order_id}", headers=finance)
    [payment] = listed.json()["items"]
    assert payment["payable_kind"] == ORDER.kind
    back = await gifts.client.post(
        f"/v1/admin/payments/{payment['id']}/refunds",
        headers=finance,
        json={"amount_fen": 100, "reason": "包装破损"},
    )
    assert back.status_code == 201
    await gifts.work_off()
    await gifts.deliver()
    seen = await gifts.whole(order_id)
    assert (seen["state"], seen["refunded_fen"]) == ("paid", 100)
    assert [refund["stock"] for refund in seen["refunds"]] == [None]
    rest = await gifts.refund(order_id)
    assert rest.json()["amount_fen"] == 2 * PRICE - 100
    await gifts.work_off()
    await gifts.deliver()
    assert (await gifts.whole(order_id))["refunded_fen"] == 2 * PRICE
    await assert_books_are_right(rooms)


async def test_what_staff_give_back_of_the_payment_is_off_the_order_from_the_asking_until_given_up(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    """`verify` finds the same sums in all places at every instant between."""
    assert gifts.sandbox is not None
    gifts.sandbox.mishaps.refunds_wait = True
    box, ann = await gifts.box(), await make.member()
    order_id = await gifts.paid(ann, (box, 2))
    finance = await gifts.as_staff(Role.FINANCE)
    listed = await gifts.client.get(f"/v1/admin/payments?payable_id={order_id}", headers=finance)
    back = await gifts.client.post(
        f"/v1/admin/payments/{listed.json()['items'][0]['id']}/refunds",
        headers=finance,
        json={"amount_fen": 100, "reason": "包装破损"},
    )
    assert back.status_code == 201
    assert (await gifts.look(ann, order_id))["refunded_fen"] == 100
    await assert_books_are_right(rooms)
    rest = await gifts.refund(order_id)
    assert rest.status_code == 201, "what is on its way is not given back twice, nor in the way"
    assert rest.json()["amount_fen"] == 2 * PRICE - 100
    await gifts.work_off()
    assert (await gifts.whole(order_id))["refunded_fen"] == 2 * PRICE
    await assert_books_are_right(rooms)
    for refund, end, left_fen in ((back, "CLOSED", 100), (rest, "SUCCESS", 100)):
        gifts.sandbox.settle(UUID(refund.json()["id"]).hex, end)
        assert await gifts.deliver() == [204]
        assert (await gifts.whole(order_id))["refunded_fen"] == 2 * PRICE - left_fen
        await assert_books_are_right(rooms)
