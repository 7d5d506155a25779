"""The day's bill against our rows: every kind of difference is found once, named and owned."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.embedded.data_folder import open_data_folder
from app.embedded.errors import DeploymentError
from app.embedded.wechat_pay import Sandbox
from app.embedded.wechat_pay.beside import ask_sandbox, provider_beside
from app.shared.payments import CHECKS
from app.shared.payments.wechat.bill import read_bill
from app.shared.verification import run_checks
from tests.shared.payments.shop import ADMIN, PRICE, Shop

pytestmark = pytest.mark.anyio

RECONCILIATIONS = "/v1/admin/payment-reconciliations"


async def compared(shop: Shop, day: object) -> dict[str, Any]:
    finance = await shop.staff()
    run = await shop.client.post(RECONCILIATIONS, headers=finance, json={"day": str(day)})
    assert run.status_code == 201, run.text
    second = await shop.client.post(RECONCILIATIONS, headers=finance, json={"day": str(day)})
    assert (second.status_code, second.json()["state"]) == (409, "running")
    await shop.work_off()
    path = f"{RECONCILIATIONS}/{run.json()['id']}"
    return dict((await shop.client.get(path, headers=finance)).json())


async def test_every_difference_is_found_named_and_opened_once(shop: Shop) -> None:
    orders = [await shop.paid() for _ in range(3)]
    numbers = [(await shop.payment(order_id)).number for _, order_id, _ in orders]
    _, unheard, started = await shop.started()
    await shop.phone(started)
    shop.sandbox.notifier.take()
    day = (await shop.payment(orders[0][1])).bill_day
    # The provider knows another sum of the first, nothing of the second, and one that is not ours.
    book = shop.sandbox._book
    book.trades[numbers[0]]["amount"]["total"] = 1
    lost = book.trades.pop(numbers[1])
    foreign = {**lost, "out_trade_no": "made_by_hand", "transaction_id": "42001"}
    book.keep(foreign)
    await asyncio.to_thread(
        shop.sandbox.refund,
        {
            "out_trade_no": numbers[2],
            "out_refund_no": "by_hand",
            "amount": {"refund": 5, "total": PRICE},
        },
    )
    for count in (5, 4):
        done = await compared(shop, day)
        assert (done["state"], done["differences_count"]) == ("done", count), done
        assert await shop.state(unheard) == "paid"
    found = {(each.kind, each.number) for each in await shop.differences()}
    assert found == {
        ("amount_differs", numbers[0]),
        ("missing_there", numbers[1]),
        ("missing_here", "made_by_hand"),
        ("missing_here", "by_hand"),
        ("state_differs", (await shop.payment(unheard)).number),
    }


async def test_a_bill_that_cannot_be_had_ends_the_run_with_its_reason(shop: Shop) -> None:
    today = shop.rooms.payments.provider_today()
    finance = await shop.staff()
    tomorrow = {"day": str(today + timedelta(days=1))}
    refused = await shop.client.post(RECONCILIATIONS, headers=finance, json=tomorrow)
    assert refused.json()["code"] == "bill_not_ready"
    assert (await compared(shop, today))["failure"] == "bill_not_ready"
    shop.sandbox.mishaps.busy = 1
    assert (await compared(shop, today))["failure"] == "http_503"
    quiet = await compared(shop, today - timedelta(days=3))
    assert (quiet["state"], quiet["their_paid_fen"], quiet["lines_total"]) == ("done", 0, 0)
    listed = await shop.client.get(RECONCILIATIONS, headers=finance, params={"day": str(today)})
    assert [each["state"] for each in listed.json()["items"]] == ["failed", "failed"]
    await shop.assert_right()
    # `verify` names a comparison that found nothing although the sums are not one.
    async with shop.rooms.sessions.begin() as session:
        await session.execute(
            text("UPDATE reconciliation SET our_paid_fen = 1 WHERE state = 'done'")
        )
        wrong = {check.name async for check in run_checks(session, CHECKS) if check.faults}
    assert wrong == {"bill_that_found_nothing_has_our_sums"}


async def test_yesterdays_bill_is_compared_by_itself(shop: Shop) -> None:
    await shop.paid()
    async with shop.rooms.sessions.begin() as session:
        await session.execute(text("UPDATE payment SET bill_day = bill_day - 1"))
        await session.execute(
            text(
                "INSERT INTO job (id, kind, payload, due_at)"
                " VALUES (gen_random_uuid(), 'payments.reconcile_daily', '{}', campaign_now())"
            )
        )
    await shop.work_off()
    finance = await shop.staff()
    (run,) = (await shop.client.get(RECONCILIATIONS, headers=finance)).json()["items"]
    assert (run["asked_by"], run["day"]) == (
        "payments",
        str(shop.rooms.payments.provider_today() - timedelta(days=1)),
    )


@pytest.mark.parametrize(
    "change",
    [("`2`", "`3`"), ("`100.00`", "`100.001`"), ("总交易单数", "总数")],
    ids=["count", "part of a fen", "no sums"],
)
def test_a_bill_that_is_not_whole_is_not_believed(change: tuple[str, str]) -> None:
    heading = "微信订单号,商户订单号,交易状态,货币种类,商户退款单号,退款状态,订单金额,申请退款金额"
    bill = "\r\n".join(
        [
            heading,
            "`42,`a1,`SUCCESS,`CNY,`0,`,`100.00`,`0.00",
            "`42,`a1,`REFUND,`CNY,`b1,`SUCCESS,`0.00,`0.01",
            "总交易单数,应结订单总金额",
            "`2`,`100.00`",
        ]
    )
    bare = bill.replace("100.00`", "100.00").replace("`2`", "`2")
    paid, back = read_bill("\ufeff" + bare)
    assert (paid.paid_fen, back.back_fen, back.back_number) == (10_000, 1, "b1")
    old, new = (each.rstrip("`") for each in change)
    with pytest.raises((ValueError, KeyError)):
        read_bill(bare.replace(old, new))


async def test_what_was_paid_is_known_after_the_sandbox_was_started_again(
    shop: Shop, tmp_path: Any
) -> None:
    journal = tmp_path / "journal"
    asked = {
        "appid": shop.sandbox.merchant.app_id,
        "mchid": shop.sandbox.merchant.merchant_no,
        "out_trade_no": "order_1",
        "description": "年货",
        "notify_url": "http://127.0.0.1/",
        "amount": {"total": 100, "currency": "CNY"},
    }
    first = Sandbox(shop.sandbox.merchant, journal)
    handed_over = first.order("app", asked)["prepay_id"]
    first.order("app", asked)
    first.pay(handed_over)
    first.refund({"out_trade_no": "order_1", "out_refund_no": "r1"} | REFUND_OF_HALF)
    again = Sandbox(shop.sandbox.merchant, journal)
    assert again.query("order_1")["trade_state"] == "REFUND"
    assert again.query_refund("r1")["status"] == "SUCCESS"


REFUND_OF_HALF = {"amount": {"refund": 50, "total": 100, "currency": "CNY"}}


def test_a_deployment_that_is_served_has_its_sandbox_and_production_none(tmp_path: Any) -> None:
    folder = open_data_folder(tmp_path / "data")
    local = {"ENVIRONMENT": "local"}
    with provider_beside(folder, local, "http://127.0.0.1:1") as settings:
        assert settings["WECHAT_PAY_URL"].startswith("http://127.0.0.1:")
        assert ask_sandbox(folder, "/sandbox/payments") == []
        with pytest.raises(DeploymentError, match="ORDER_NOT_EXIST"):
            ask_sandbox(folder, "/sandbox/payments", {"number": "none"})
    with pytest.raises(DeploymentError, match="no sandbox"):
        ask_sandbox(folder, "/sandbox/payments")
    for others in ({"ENVIRONMENT": "production"}, local | {"WECHAT_PAY_URL": "http://x"}):
        with provider_beside(folder, others, "http://127.0.0.1:1") as settings:
            assert settings == others


async def test_a_list_of_payments_is_narrowed_by_order_number_and_state(shop: Shop) -> None:
    _, order_id, _ = await shop.paid()
    await shop.started()
    finance, payment = await shop.staff(), await shop.payment(order_id)
    for params in (
        {"payable_id": str(order_id)},
        {"number": payment.number},
        {"number": payment.transaction_no},
        {"state": "paid"},
    ):
        listed = await shop.client.get(ADMIN, headers=finance, params=params)
        assert [each["id"] for each in listed.json()["items"]] == [str(payment.id)]
