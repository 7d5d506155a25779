"""The payer's phone, and the provider on a bad day: whose word comes late, twice or never.

What the provider is told to do wrong is put right again at once, so that it happens to those alone
whom it is meant for; a play that was killed in between is tidied up after by the next.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from app.replay.gift_boxes.sale import Order
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe
from app.replay.wire import Wire, crowd

PAYMENTS, MISHAPS = "/sandbox/payments", "/sandbox/mishaps"
RELEASE = "/sandbox/notifications/release"
NO_MISHAPS = {"hold": False, "repeats": 0, "lose": 0}
AT_ONCE = 24
BEGIN, PAY = "beginning to pay", "paying"


class Phones:
    """Everybody's."""

    def __init__(self, troupe: Troupe, provider: Wire) -> None:
        self._troupe, self._stage, self._provider = troupe, troupe.stage, provider

    @classmethod
    async def switched_on(cls, troupe: Troupe) -> "Phones":
        """With a provider that does what it should. Raises `NotPlayable`."""
        if troupe.stage.provider is None:
            raise NotPlayable("the payment provider is none that can be paid without money")
        phones = cls(troupe, troupe.stage.provider)
        await phones._switch(**NO_MISHAPS)
        await phones.release()
        return phones

    async def buy(self, orders: Sequence[Order]) -> None:
        """Begin to pay, and pay."""

        async def one(order: Order) -> None:
            await self.begin(order)
            await self.pay(order)
            self._stage.progress.step()

        await crowd(orders, one, at_once=AT_ONCE)

    async def begin(self, order: Order) -> None:
        path = f"{order.path}/payments"
        begun = await self._troupe.act(order.buyer, path, expects="201", act=BEGIN)
        order.payment_id = str(begun.get("payment_id", ""))
        order.prepay_no = str(begun.get("hand_over", {}).get("prepayid", ""))

    async def begin_on_two(self, orders: Sequence[Order]) -> None:
        """At the same moment; it is one payment, and paid once."""

        async def one(order: Order) -> None:
            path, ids = f"{order.path}/payments", set[str]()
            answers = await asyncio.gather(
                *(self._troupe.send(order.buyer, path) for _ in ("one", "other"))
            )
            for answer in answers:
                if self._stage.expect(answer, "201", act=f"{BEGIN} on two phones"):
                    ids.add(answer.body["payment_id"])
            if len(ids) != 1:
                self._stage.surprises.note(f"{BEGIN} on two phones: {len(ids)} payments")
            await self.begin(order)
            await self.pay(order)
            self._stage.progress.step()

        await crowd(orders, one, at_once=AT_ONCE)

    async def pay(self, order: Order, *, late: bool = False, again: bool = False) -> None:
        """`late`: although nobody should any more. `again`: although it was paid."""
        body = {"number": order.prepay_no, "late": late, "again": again}
        answer = await self._provider.send("POST", PAYMENTS, body=body)
        self._stage.expect(answer, "200", act=PAY, repeated="ORDERPAID")

    async def pay_late(self, orders: Sequence[Order]) -> None:
        for order in orders:
            await self.pay(order, late=True)
            self._stage.progress.step()

    async def release(self) -> None:
        """What was held up is said now, the last first."""
        answer = await self._provider.send("POST", RELEASE, body={})
        self._stage.expect(answer, "200", act="what was held up")

    @asynccontextmanager
    async def mishap(self, **switched: bool | int) -> AsyncIterator[None]:
        await self._switch(**switched)
        yield
        await self._switch(**NO_MISHAPS)

    async def _switch(self, **switched: bool | int) -> None:
        answer = await self._provider.send("POST", MISHAPS, body=switched)
        self._stage.must(answer, "200", act="the provider's bad day")
