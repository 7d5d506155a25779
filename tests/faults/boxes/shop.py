"""A shop of gift boxes seen from outside: buyers' apps, the payer's phone, the provider, staff.

Nobody of them knows that processes die. Whoever is not answered asks again as before, with the
same key; the provider says again what was not taken from it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from sqlalchemy import TextClause, text

from app.embedded.wechat_pay import Sandbox
from app.embedded.wechat_pay.notifier import Notice
from app.packs.gift_boxes.queries import BoxFacts
from app.platform.moved_time import move_clock
from app.shared.identity.callers import Member
from tests.factories import Factory
from tests.faults.boxes.processes import Processes
from tests.faults.callers import LOST_PAUSE_S, PATIENCE_S, Callers
from tests.gifting import (
    ADDRESS,
    ADMIN_ORDERS,
    HOLD,
    NOTIFICATIONS,
    ORDERS,
    Body,
    box_on_sale,
)

POLL_S = 0.02
# So many people are written down by one statement.
AT_ONCE = 1_000
NOTHING_IS_DUE = text("""
    SELECT NOT EXISTS (SELECT FROM job WHERE state IN ('queued', 'leased')
                          AND due_at <= campaign_now())""")
STATE_IS = text("SELECT state = :state FROM gift_boxes_order WHERE id = CAST(:id AS uuid)")
PAYMENT_IS = text("""
    SELECT bool_and(state = :state) FROM payment WHERE payable_id = CAST(:id AS uuid)""")
REFUND_IS = text("""
    SELECT bool_and(r.state = :state) FROM refund r JOIN payment p ON p.id = r.payment_id
     WHERE p.payable_id = CAST(:id AS uuid)""")


@dataclass(frozen=True)
class Buyer:
    member: Member
    token: str


@dataclass
class BoxShop:
    """`finance` is the token of somebody who gives money back."""

    make: Factory
    sandbox: Sandbox
    processes: Processes
    callers: Callers
    client: httpx.AsyncClient
    finance: str

    async def box(self, *, quantity: int, per_person: int) -> BoxFacts:
        return await box_on_sale(self.make, quantity, per_person=per_person)

    async def buyers(self, number: int) -> list[Buyer]:
        members: list[Member] = []
        while len(members) < number:
            members += await self.make.members(min(AT_ONCE, number - len(members)))
        tokens = await asyncio.to_thread(lambda: [self.make.token(each) for each in members])
        return [Buyer(*each) for each in zip(members, tokens, strict=True)]

    async def try_order(self, buyer: Buyer, box: BoxFacts) -> httpx.Response:
        """One of them, always with the same key."""
        return await self.callers.ask(
            "POST",
            ORDERS,
            token=buyer.token,
            key="the-one-order",
            json={"lines": [{"box_id": str(box.id), "quantity": 1}], "delivery": ADDRESS},
        )

    async def order(self, buyer: Buyer, box: BoxFacts) -> str:
        answer = await self.try_order(buyer, box)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def start(self, buyer: Buyer, order_id: str) -> str:
        """The number that the payer's phone is handed."""
        answer = await self._of(buyer, order_id, "payments")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["hand_over"]["prepayid"])

    async def cancel(self, buyer: Buyer, order_id: str) -> None:
        answer = await self._of(buyer, order_id, "cancellation", {"reason": "买多了"})
        assert answer.status_code == 200, answer.text

    async def give_back(self, order_id: str) -> None:
        """Staff give all of it back."""
        answer = await self.callers.ask(
            "POST",
            f"{ADMIN_ORDERS}/{order_id}/refunds",
            token=self.finance,
            key=f"back-{order_id}",
            json={"stock": "return", "reason": "不要了"},
        )
        assert answer.status_code == 201, answer.text

    async def phone(self, prepay_no: str, *, late: bool = False) -> None:
        """The payer pays."""
        await asyncio.to_thread(partial(self.sandbox.pay, prepay_no, late=late))

    async def settle(self) -> None:
        """The refunds that the provider has taken on are done."""
        for number, row in list(self.sandbox._book.refunds.items()):
            if row["status"] == "PROCESSING":
                await asyncio.to_thread(self.sandbox.settle, number)

    async def hear(self) -> None:
        """All that the provider has to say, until it is taken."""
        for notice in self.sandbox.notifier.take():
            await self.tell(notice)

    async def tell(self, notice: Notice) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await self.tell_once(notice):  # noqa: ASYNC110 (the other side is a process)
                await asyncio.sleep(LOST_PAUSE_S)

    async def tell_once(self, notice: Notice, url: str | None = None) -> bool:
        """Whether it was taken."""
        headers = self.sandbox.notifier.headers(notice.body)
        where = (url or self.processes.urls[0]) + NOTIFICATIONS
        try:
            answer = await self.client.post(where, content=notice.body, headers=headers)
        except httpx.TransportError:
            return False
        assert answer.status_code in {204, 503}, answer.text
        return answer.status_code == 204

    async def value(self, question: TextClause, **about: Any) -> Any:
        async with self.make.rooms.sessions() as session:
            return await session.scalar(question, about)

    async def rows(self, question: TextClause, **about: Any) -> list[Mapping[str, Any]]:
        async with self.make.rooms.sessions() as session:
            return [row._mapping for row in await session.execute(question, about)]

    async def until(self, question: TextClause, **about: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await self.value(question, **about):  # noqa: ASYNC110 (the same)
                await asyncio.sleep(POLL_S)

    async def later(self, by: timedelta) -> None:
        """Every process has it."""
        await move_clock(self.make.rooms.engine, lambda present: present + by)

    async def come_to_rest(self) -> None:
        """Every hold is over, every question was asked, every word has come."""
        for _ in range(2):
            await self.later(HOLD + timedelta(minutes=1))
            await self.until(NOTHING_IS_DUE)
            await self.hear()
        await self.until(NOTHING_IS_DUE)

    async def _of(
        self, buyer: Buyer, order_id: str, act: str, body: Body | None = None
    ) -> httpx.Response:
        return await self.callers.ask(
            "POST", f"{ORDERS}/{order_id}/{act}", token=buyer.token, key=act, json=body
        )
