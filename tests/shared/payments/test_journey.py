"""One order all the way: paid on the phone, told by the provider, given back, accounted for."""

from datetime import timedelta

import pytest

from app.models.states import Role
from tests.factories import auth
from tests.shared.payments.shop import ADMIN, PRICE, Shop

pytestmark = pytest.mark.anyio

RECONCILIATIONS = "/v1/admin/payment-reconciliations"


async def test_an_order_is_paid_refunded_in_part_and_found_right_by_the_bill(shop: Shop) -> None:
    member, order_id, started = await shop.started()
    assert started.hand_over["prepayid"].startswith("wx")
    assert started.amount_fen == PRICE
    again = await shop.start(member, order_id)
    assert again.hand_over["prepayid"] == started.hand_over["prepayid"]
    finance = await shop.staff()
    body = {"amount_fen": 5_000, "reason": "一盒破损"}
    unpaid = f"{ADMIN}/{(await shop.payment(order_id)).id}/refunds"
    early = await shop.client.post(unpaid, headers=finance, json=body)
    assert (early.status_code, early.json()["code"]) == (409, "state_conflict")

    await shop.phone(started)
    held = shop.sandbox.notifier.take()
    assert await shop.deliver(*held) == [204]
    assert await shop.deliver(*held, *held) == [204, 204]
    assert await shop.state(order_id) == "paid"
    payment = await shop.payment(order_id)
    (event,) = await shop.events()
    assert (payment.received_fen, payment.state, event.times_count) == (PRICE, "paid", 3)

    asked = await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=finance, json=body)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    await shop.work_off()
    assert await shop.deliver() == [204]
    order = await shop.ordered(order_id)
    assert (order["state"], order["refunded_fen"], order["told_count"]) == ("paid", 5_000, 1)

    more = {"amount_fen": PRICE, "reason": "再退"}
    refused = await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=finance, json=more)
    assert refused.json()["code"] == "refund_too_large"
    assert refused.json()["left_fen"] == PRICE - 5_000

    shown = (await shop.client.get(f"{ADMIN}/{payment.id}", headers=finance)).json()
    assert [each["provider_state"] for each in shown["events"]] == [
        *("SUCCESS", "PROCESSING", "SUCCESS")
    ]
    assert (shown["refunded_fen"], shown["refunds"][0]["state"]) == (5_000, "succeeded")

    run = await shop.client.post(
        RECONCILIATIONS, headers=finance, json={"day": str(payment.bill_day)}
    )
    assert run.status_code == 201
    await shop.work_off()
    done = (await shop.client.get(f"{RECONCILIATIONS}/{run.json()['id']}", headers=finance)).json()
    assert (done["state"], done["differences_count"], done["lines_done"]) == ("done", 0, 2)
    assert done["their_paid_fen"] == done["our_paid_fen"] == PRICE
    assert done["their_refunded_fen"] == done["our_refunded_fen"] == 5_000
    await shop.later(timedelta(hours=1))
    await shop.work_off()
    await shop.assert_right()
    copy = (await shop.client.get("/v1/me/data", headers=auth(shop.make.token(member)))).json()
    assert str(payment.id) in str(copy)


async def test_a_refund_above_the_threshold_is_done_by_the_second_person(shop: Shop) -> None:
    _, order_id, _ = await shop.paid()
    payment = await shop.payment(order_id)
    first, second = await shop.staff(), await shop.staff(Role.ADMINISTRATOR)
    await shop.client.put(
        "/v1/admin/approval-thresholds/payments.refund",
        headers=first,
        json={"threshold_fen": 10_000, "reason": "大额退款须双人"},
    )
    body = {"amount_fen": PRICE, "reason": "整单退货"}
    asked = await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=first, json=body)
    assert asked.status_code == 202
    more = await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=first, json=body)
    assert (more.status_code, more.json()["code"]) == (409, "approval_pending")
    await shop.work_off()
    assert await shop.refunds(order_id) == []
    decided = await shop.client.post(
        f"/v1/admin/approvals/{asked.json()['approval_id']}/decision",
        headers=second,
        json={"decision": "approve", "reason": "已核对"},
    )
    assert decided.json()["state"] == "approved"
    await shop.work_off()
    await shop.deliver()
    assert await shop.state(order_id) == "refunded"
    await shop.assert_right()
