"""The rule for every unknown (docs/payments.md): nothing is lost, nothing is taken twice."""

import asyncio
from datetime import timedelta

import pytest

from app.models.states_of_payments import DifferenceKind
from app.platform.errors import Refusal, StateConflict, TemporarilyUnavailable
from app.shared.outbox import NewJob, put
from tests.locks import unwritable
from tests.shared.payments import toy
from tests.shared.payments.shop import ADMIN, HOLD, NOTIFICATIONS, PRICE, Shop

pytestmark = pytest.mark.anyio

SOON = timedelta(seconds=20)


async def test_a_payment_nobody_told_us_of_is_asked_for(shop: Shop) -> None:
    _, order_id, started = await shop.started()
    await shop.phone(started)
    shop.sandbox.notifier.take()
    await shop.work_off()
    assert await shop.state(order_id) == "placed"
    await shop.later(SOON)
    await shop.work_off()
    assert await shop.state(order_id) == "paid"
    (event,) = await shop.events()
    assert event.source == "query"
    await shop.assert_right()


async def test_whoever_does_not_pay_is_asked_for_later_and_later_then_the_attempt_is_closed(
    shop: Shop,
) -> None:
    member, order_id, started = await shop.started()
    for _ in range(3):
        await shop.later(SOON)
        await shop.work_off()
    assert (await shop.payment(order_id)).state == "pending"
    assert await shop.events() == []
    await shop.later(HOLD)
    await shop.work_off()
    assert (await shop.payment(order_id)).state == "closed"
    with pytest.raises(toy.ToyExpired):
        await shop.start(member, order_id)
    with pytest.raises(Exception, match="ORDER_CLOSED"):
        await shop.phone(started)


async def test_D15_money_after_the_hold_is_honoured_while_something_is_on_the_shelf(
    shop: Shop,
) -> None:
    """codingXiaxw 41: the callback came a minute after the time-out."""
    await shop.shelf(1)
    orders = [await shop.started() for _ in range(2)]
    for _, order_id, _ in orders:
        await shop.lapse(order_id)
    for _, _, started in orders:
        await shop.phone(started, late=True)
    await shop.deliver()
    states = [await shop.state(order_id) for _, order_id, _ in orders]
    assert states == ["paid", "lapsed"]
    await shop.work_off()
    await shop.deliver()
    (refund,) = await shop.refunds(orders[1][1])
    assert (refund.state, refund.cause, refund.amount_fen) == ("succeeded", "hold_lapsed", PRICE)
    member = orders[1][0]
    headers = {"Authorization": f"Bearer {shop.make.token(member)}"}
    inbox = (await shop.client.get("/v1/me/notices", headers=headers)).json()["items"]
    assert [each["kind"] for each in inbox] == ["payments.returned"]
    await shop.assert_right()


async def test_D3_an_order_paid_twice_keeps_one_and_a_retry_refunds_nothing_that_is_kept(
    shop: Shop,
) -> None:
    """saleor PR 15855: a concurrent retry refunded a paid order."""
    member, order_id, first = await shop.started()
    await shop.lapse(order_id, "placed")
    await shop.work_off()
    second = await shop.start(member, order_id)
    assert second.payment_id != first.payment_id
    await shop.phone(first, late=True)
    await shop.phone(second)
    held = shop.sandbox.notifier.take()
    assert await shop.deliver(*held, *reversed(held), *held) == [204] * 6
    await shop.work_off()
    await shop.deliver()
    states = {each.id: each.state for each in await shop.payments(order_id)}
    assert states == {first.payment_id: "paid", second.payment_id: "surplus"}
    (refund,) = await shop.refunds(order_id)
    assert (refund.payment_id, refund.cause) == (second.payment_id, "paid_twice")
    assert (await shop.ordered(order_id))["kept_count"] == 1
    with pytest.raises(StateConflict):
        await shop.start(member, order_id)
    await shop.assert_right()


async def test_an_attempt_that_is_overtaken_by_another_is_closed_before_it_can_be_paid(
    shop: Shop,
) -> None:
    member, order_id, first = await shop.started()
    await shop.lapse(order_id, "placed")
    await shop.work_off()
    second = await shop.start(member, order_id)
    await shop.phone(first, late=True)
    await shop.deliver()
    await shop.work_off()
    with pytest.raises(Exception, match="ORDER_CLOSED"):
        await shop.phone(second)
    assert [each.state for each in await shop.payments(order_id)] == ["paid", "closed"]


@pytest.mark.parametrize("mishap", [{"amount_off_fen": -100}, {"currency": "USD"}])
async def test_another_sum_or_currency_is_refused_and_flagged(
    shop: Shop, mishap: dict[str, int | str]
) -> None:
    _, order_id, started = await shop.started()
    for name, value in mishap.items():
        setattr(shop.sandbox.mishaps, name, value)
    await shop.phone(started)
    held = shop.sandbox.notifier.take()
    assert await shop.deliver(*held, *held) == [204, 204]
    assert await shop.state(order_id) == "placed"
    payment, (difference,) = await shop.payment(order_id), await shop.differences()
    assert (payment.state, difference.kind) == ("mismatched", "amount_differs")
    assert (difference.our_fen, difference.their_fen) == (PRICE, payment.received_fen)
    finance, body = await shop.staff(), {"reason": "金额不符，全额退回"}
    amount = {"amount_fen": payment.received_fen}
    answer = await shop.client.post(
        f"{ADMIN}/{payment.id}/refunds", headers=finance, json=body | amount
    )
    assert answer.status_code == 201
    await shop.work_off()
    await shop.deliver()
    assert [each.state for each in await shop.refunds(order_id)] == ["succeeded"]
    assert (await shop.ordered(order_id))["told_count"] == 0
    await shop.assert_right()


async def test_money_under_a_number_that_is_not_ours_is_somebodys_to_settle(shop: Shop) -> None:
    _, order_id, started = await shop.paid()
    await shop.phone(started, again=True)
    await shop.deliver()
    (difference,) = await shop.differences()
    assert (difference.kind, await shop.state(order_id)) == ("paid_again", "paid")
    finance, other = await shop.staff(), await shop.staff()
    at = f"/v1/admin/payment-differences/{difference.id}"
    taken = await shop.client.post(f"{at}/take", headers=finance)
    assert taken.json()["state"] == "taken"
    words = {"resolution": "已在商户平台退回"}
    for headers, expected in ((other, 409), (finance, 200), (finance, 409)):
        answer = await shop.client.post(f"{at}/resolution", headers=headers, json=words)
        assert answer.status_code == expected
    assert (await shop.client.post(f"{at}/take", headers=other)).status_code == 409
    listed = await shop.client.get(
        "/v1/admin/payment-differences", headers=finance, params={"state": "resolved"}
    )
    assert [each["resolution"] for each in listed.json()["items"]] == [words["resolution"]]


async def test_the_callback_may_come_before_our_answer(shop: Shop) -> None:
    """The provider made the order and its answer was lost: the same call goes on."""
    member = await shop.make.member()
    order_id = await shop.order(member)
    shop.sandbox.mishaps.lose_answers = 1
    with pytest.raises(TemporarilyUnavailable):
        await shop.start(member, order_id)
    (number,) = shop.sandbox.waiting()
    await asyncio.to_thread(shop.sandbox.pay, number)
    await shop.deliver()
    assert await shop.state(order_id) == "paid"
    with pytest.raises(StateConflict):
        await shop.start(member, order_id)
    await shop.assert_right()


async def test_a_lost_answer_is_asked_for_again_under_the_same_number(shop: Shop) -> None:
    member = await shop.make.member()
    order_id = await shop.order(member)
    for mishap in ("lose_answers", "busy"):
        setattr(shop.sandbox.mishaps, mishap, 1)
        with pytest.raises(TemporarilyUnavailable):
            await shop.start(member, order_id)
    started = await shop.start(member, order_id)
    assert len(await shop.payments(order_id)) == 1
    await shop.phone(started)
    await shop.deliver()
    assert await shop.state(order_id) == "paid"


async def test_a_strangers_notification_is_refused_and_changes_nothing(shop: Shop) -> None:
    _, order_id, started = await shop.started()
    await shop.phone(started)
    (notice,) = shop.sandbox.notifier.take()
    good = shop.sandbox.notifier.headers(notice.body)
    strange = shop.sandbox.__class__(shop.sandbox.merchant).notifier.headers(notice.body)
    old = good | {"Wechatpay-Timestamp": str(int(good["Wechatpay-Timestamp"]) - 301)}
    tries = [
        ({}, notice.body),
        (strange, notice.body),
        (strange | {"Wechatpay-Serial": good["Wechatpay-Serial"]}, notice.body),
        (old, notice.body),
        (good | {"Wechatpay-Timestamp": "soon"}, notice.body),
        (good | {"Wechatpay-Signature": "x"}, notice.body),
        (good, notice.body + b" "),
        (good, b"{"),
    ]
    for headers, body in tries:
        answer = await shop.client.post(NOTIFICATIONS, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert await shop.events() == []
    assert await shop.state(order_id) == "placed"
    signed_nonsense = b'{"id":"1","event_type":"TRANSACTION.SUCCESS","resource":{}}'
    headers = shop.sandbox.notifier.headers(signed_nonsense)
    answer = await shop.client.post(NOTIFICATIONS, content=signed_nonsense, headers=headers)
    assert answer.json()["code"] == "bad_signature"
    assert await shop.deliver(notice) == [204]
    assert await shop.state(order_id) == "paid"


@pytest.mark.parametrize("overlap", [True, False])
async def test_the_platforms_certificates_change_and_nobody_notices(
    shop: Shop, overlap: bool
) -> None:
    _, order_id, started = await shop.started()
    await shop.phone(started)
    shop.sandbox.platform.rotate(overlap=overlap)
    keys = shop.rooms.payments.provider.keys  # type: ignore[union-attr]
    # Else they would have been fetched less than a minute ago, for another number.
    keys._tried_at = float("-inf")
    assert await shop.deliver() == [204]
    assert await shop.state(order_id) == "paid"


async def test_a_notification_that_cannot_be_written_down_now_is_refused_and_comes_again(
    shop: Shop,
) -> None:
    """Never 204 for what is not kept: the provider would not say it again."""
    _, order_id, started = await shop.started()
    await shop.phone(started)
    (told,) = shop.sandbox.notifier.take()
    async with unwritable(shop.rooms.engine, "payment_event"):
        refused = await shop.client.post(
            NOTIFICATIONS,
            content=told.body,
            headers=shop.sandbox.notifier.headers(told.body),
        )
    assert (refused.status_code, refused.json()["code"]) == (503, "temporarily_unavailable")
    assert await shop.state(order_id) == "placed"
    assert await shop.deliver(told) == [204]
    assert await shop.state(order_id) == "paid"
    await shop.assert_right()


async def test_a_refund_whose_answer_is_lost_is_one_refund(shop: Shop) -> None:
    _, order_id, _ = await shop.paid()
    payment, finance = await shop.payment(order_id), await shop.staff()
    shop.sandbox.mishaps.lose_answers, shop.sandbox.mishaps.refunds_wait = 2, True
    body = {"amount_fen": PRICE, "reason": "退货"}
    await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=finance, json=body)
    for _ in range(4):
        await shop.work_off()
        await shop.later(SOON)
    (refund,) = await shop.refunds(order_id)
    assert refund.state == "processing"
    await asyncio.to_thread(shop.sandbox.settle, refund.number)
    shop.sandbox.notifier.take()
    await shop.later(SOON * 10)
    await shop.work_off()
    assert await shop.state(order_id) == "refunded"
    assert (await shop.ordered(order_id))["told_count"] == 1
    await shop.assert_right()


async def test_a_refund_that_the_provider_gives_up_is_flagged_and_can_be_made_anew(
    shop: Shop,
) -> None:
    _, order_id, _ = await shop.paid()
    payment, finance = await shop.payment(order_id), await shop.staff()
    body = {"amount_fen": PRICE, "reason": "退货"}
    shop.sandbox.mishaps.refunds_end = "CLOSED"
    await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=finance, json=body)
    await shop.work_off()
    held = shop.sandbox.notifier.take()
    assert await shop.deliver(*held, *held) == [204, 204]
    assert [each.kind for each in await shop.differences()] == [DifferenceKind.REFUND_CLOSED]
    assert (await shop.payment(order_id)).refunded_fen == 0
    shop.sandbox.mishaps.refunds_end = "SUCCESS"
    again = await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=finance, json=body)
    assert again.status_code == 201
    await shop.work_off()
    await shop.deliver()
    assert await shop.state(order_id) == "refunded"
    assert (await shop.ordered(order_id))["refunded_fen"] == PRICE
    await shop.assert_right()


async def test_D27_an_unpaid_order_cancelled_twice_is_closed_once(shop: Shop) -> None:
    """hioshop 17: cancelled twice, the stock came back twice."""
    _, order_id, started = await shop.started()
    await shop.lapse(order_id, "cancelled")
    await shop.lapse(order_id, "cancelled")
    await shop.work_off()
    assert (await shop.payment(order_id)).state == "closed"
    await shop.phone(started, late=True)
    await shop.deliver()
    await shop.work_off()
    await shop.deliver()
    (refund,) = await shop.refunds(order_id)
    assert (refund.state, refund.cause) == ("succeeded", "cancelled")
    await shop.assert_right()


async def test_nobody_pays_for_somebody_else_and_what_is_not_there_is_not_found(
    shop: Shop,
) -> None:
    stranger = await shop.make.member()
    order_id = await shop.order(await shop.make.member())
    with pytest.raises(Refusal) as refused:
        await shop.start(stranger, order_id)
    assert refused.value.code == "not_found"
    assert await shop.payments(order_id) == []


async def test_a_payment_whose_jobs_had_failed_is_swept_up(shop: Shop) -> None:
    _, order_id, started = await shop.started()
    await shop.phone(started)
    shop.sandbox.notifier.take()
    await shop.forget_jobs()
    async with shop.rooms.sessions.begin() as session:
        await put(session, NewJob("payments.sweep"))
    await shop.work_off()
    assert await shop.state(order_id) == "paid"
