"""The provider's bill, compared day by day, and the differences that finance sees to.

The provider's days are real ones, however campaign time is moved. So what a day had before this
play began is left out, and what became meanwhile of payments that are not this play's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.platform.clock import shanghai_day
from app.replay.gift_boxes.sale import FINANCE, PAYMENTS, Order
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe

RUNS, DIFFERENCES = "/v1/admin/payment-reconciliations", "/v1/admin/payment-differences"
NO_BILL_YET = "bill_not_ready"
SETTLED = {"resolution": "已与支付平台核对 · settled with the provider"}


@dataclass(frozen=True, slots=True)
class Sums:
    """What a bill says that came and is left, and what we say."""

    theirs_fen: int = 0
    ours_fen: int = 0


class Bills:
    """Of the days of this play."""

    def __init__(self, troupe: Troupe) -> None:
        self._troupe, self._stage = troupe, troupe.stage
        self._first_day = _provider_today()
        self._before, self._others_fen = Sums(), 0

    async def begin(self) -> None:
        """What the bill has already, once both sides agree on it: a play that was killed may have
        left money of which only the bill tells. Raises `NotPlayable`."""

        async def do_agree() -> bool:
            self._before = await self._compare(self._first_day)
            return self._before.theirs_fen == self._before.ours_fen

        await self._stage.wait_until(do_agree, else_="the bill differs before anything is paid")
        self._others_fen = await self._kept_of_others(())

    async def compare(self, orders: Collection[Order]) -> Sums:
        """What these orders brought. Raises `NotPlayable`."""
        days = (_provider_today() - self._first_day).days
        found = [await self._compare(self._first_day + timedelta(n)) for n in range(days + 1)]
        changed_fen = await self._kept_of_others(orders) - self._others_fen
        return Sums(
            sum(each.theirs_fen for each in found) - self._before.theirs_fen - changed_fen,
            sum(each.ours_fen for each in found) - self._before.ours_fen - changed_fen,
        )

    async def _kept_of_others(self, orders: Collection[Order]) -> int:
        """Of every payment that is none of these orders'."""
        ours = {order.id for order in orders}
        payments = await self._stage.read_all(PAYMENTS, self._stage.staff[FINANCE])
        others = [each for each in payments if each["payable_id"] not in ours]
        return sum((each["received_fen"] or 0) - each["refunded_fen"] for each in others)

    async def _compare(self, day: date) -> Sums:
        stage, token, started = self._stage, self._stage.staff[FINANCE], dict[str, Any]()

        async def is_started() -> bool:
            answer = await self._troupe.send_as(FINANCE, RUNS, {"day": day.isoformat()})
            stage.must(answer, "201", "state_conflict", act="comparing a bill")
            if answer.status == 201:
                started.update(answer.body)
            return bool(started)

        async def is_over() -> bool:
            answer = await stage.wire.send("GET", f"{RUNS}/{started['id']}", token=token)
            stage.must(answer, "200", act="looking at a comparison")
            started.update(answer.body)
            return bool(started["state"] != "running")

        too_slow = "a bill is not compared; does the service's worker run?"
        await stage.wait_until(is_started, else_=too_slow)
        await stage.wait_until(is_over, else_=too_slow)
        if started["failure"] == NO_BILL_YET:
            return Sums()
        if started["state"] != "done":
            raise NotPlayable(f"comparing a bill failed: {started['failure']}")
        return Sums(
            started["their_paid_fen"] - started["their_refunded_fen"],
            started["our_paid_fen"] - started["our_refunded_fen"],
        )

    async def differences(self, orders: Collection[Order]) -> list[dict[str, Any]]:
        """Of these orders' payments."""
        ours = {order.payment_id for order in orders}
        found = await self._stage.read_all(DIFFERENCES, self._stage.staff[FINANCE])
        return [each for each in found if each["payment_id"] in ours]

    async def wait_for(self, orders: Sequence[Order]) -> None:
        """Of each something is found. Raises `NotPlayable`."""

        async def are_found() -> bool:
            return len(await self.differences(orders)) >= len(orders)

        await self._stage.wait_until(are_found, else_="differences are not found")

    async def settle(self, orders: Sequence[Order]) -> None:
        """Somebody of finance sees to each, and says how."""
        for each in await self.differences(orders):
            path = f"{DIFFERENCES}/{each['id']}"
            await self._troupe.order(FINANCE, f"{path}/take", act="taking a difference")
            act = "settling a difference"
            await self._troupe.order(FINANCE, f"{path}/resolution", SETTLED, act=act)
            self._stage.progress.step()


def _provider_today() -> date:
    return shanghai_day(datetime.now(UTC))
