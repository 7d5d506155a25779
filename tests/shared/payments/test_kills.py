"""`kill -9` at every step between our request, the provider's answer, its word and the refund.

Whoever goes on afterwards (the member's app, a worker, the provider's next try) finds all that
there was: the order is paid once, the money is where it should be.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from app.platform.settings import Settings
from tests.conftest import ROOT
from tests.races.drop import environment
from tests.shared.payments.shop import ADMIN, HOLD, PRICE, Shop, provider_environ

pytestmark = pytest.mark.anyio

SOON = timedelta(seconds=20)
# What the provider said is on its way again.
LONG = timedelta(minutes=5)


class Mortal:
    """See `mortal.py`."""

    def __init__(self, settings: Settings) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.shared.payments.mortal"],
            cwd=ROOT,
            env=environment(settings, **provider_environ(settings)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def dies(self, act: str, point: str, **told: UUID | str) -> None:
        """It does that, and is killed there."""
        assert await asyncio.to_thread(self._ask, act, point, told) == "killed", (act, point)

    def _ask(self, act: str, point: str, told: dict[str, UUID | str]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        names = {name: str(value) for name, value in told.items()}
        self._process.stdin.write(json.dumps({"act": act, "dies": point, **names}) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def mortal(settings: Settings) -> Iterator[Mortal]:
    mortal = Mortal(settings)
    yield mortal
    mortal.close()


async def test_killed_on_the_way_to_the_provider(shop: Shop, mortal: Mortal) -> None:
    """The app calls again, and hears of the one attempt that there is."""
    for point in ("before prepay", "after prepay"):
        member = await shop.make.member()
        order_id = await shop.order(member)
        await mortal.dies("start", point, member=member.id, order=order_id)
        payment = await shop.payment(order_id)
        assert (payment.state, payment.prepay_no) == ("created", None)
        started = await shop.start(member, order_id)
        assert started.payment_id == payment.id
        await shop.phone(started)
        assert await shop.deliver() == [204]
        assert await shop.state(order_id) == "paid"
    await shop.assert_right()


async def test_killed_and_nobody_calls_again(shop: Shop, mortal: Mortal) -> None:
    """What was begun and never handed to anybody comes to its end by itself."""
    for point in ("before prepay", "after prepay"):
        member = await shop.make.member()
        order_id = await shop.order(member)
        await mortal.dies("start", point, member=member.id, order=order_id)
        await shop.later(HOLD)
        await shop.work_off()
        assert (await shop.payment(order_id)).state == "closed"


async def test_killed_while_hearing_that_it_was_paid(shop: Shop, mortal: Mortal) -> None:
    for point in ("after query", "in on_paid", "after hear"):
        _, order_id, started = await shop.started()
        await shop.phone(started)
        held = shop.sandbox.notifier.take()
        number = (await shop.payment(order_id)).number
        await mortal.dies("hear", point, number=number)
        heard = point == "after hear"
        assert await shop.state(order_id) == ("paid" if heard else "placed")
        # The provider's next try; or, with its word lost for good, a worker's question.
        if point == "after query":
            await shop.later(SOON)
            await shop.work_off()
        else:
            assert await shop.deliver(*held) == [204]
        assert (await shop.ordered(order_id))["kept_count"] == 1
    await shop.assert_right()


async def test_killed_while_closing_an_attempt_that_is_paid_all_the_same(
    shop: Shop, mortal: Mortal
) -> None:
    await shop.shelf(0)
    for point in ("before close", "after close"):
        _, order_id, started = await shop.started()
        await shop.lapse(order_id)
        payment = await shop.payment(order_id)
        await mortal.dies("watch", point, payment=payment.id)
        assert (await shop.payment(order_id)).state == "pending"
        await shop.work_off()
        assert (await shop.payment(order_id)).state == "closed"
        await shop.phone(started, late=True)
        await shop.deliver()
        await shop.work_off()
        await shop.deliver()
        assert [each.state for each in await shop.refunds(order_id)] == ["succeeded"]
    await shop.assert_right()


async def test_killed_on_the_way_of_a_refund(shop: Shop, mortal: Mortal) -> None:
    finance = await shop.staff()
    for point in ("before refund", "after refund", "in on_refunded"):
        _, order_id, _ = await shop.paid()
        payment = await shop.payment(order_id)
        body = {"amount_fen": PRICE, "reason": "退货"}
        await shop.client.post(f"{ADMIN}/{payment.id}/refunds", headers=finance, json=body)
        (refund,) = await shop.refunds(order_id)
        if point == "in on_refunded":
            # It is under way at the provider, and done by the time it is asked about.
            await shop.work_off()
            shop.sandbox.notifier.take()
        await mortal.dies("refund", point, refund=refund.id)
        assert await shop.state(order_id) == "paid"
        await shop.work_off()
        await shop.later(LONG)
        await shop.work_off()
        order = await shop.ordered(order_id)
        assert (order["state"], order["told_count"], order["refunded_fen"]) == (
            *("refunded", 1),
            PRICE,
        )
    assert all(row["amount"]["refund"] == PRICE for row in shop.sandbox._book.refunds.values())
    assert len(shop.sandbox._book.refunds) == 3
    await shop.assert_right()
