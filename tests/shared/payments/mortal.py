"""A process that does one thing of the room's and is killed at a point of it, as by `kill -9`.

`python -m tests.shared.payments.mortal`: a line of JSON in, `{"act", "dies", …}`; a word out. It
has loaded everything and forks for each, before any loop is running, so a death costs little.
"""

import asyncio
import json
import os
import signal
import sys
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.main import open_rooms
from app.models.states import ActorKind
from app.models.states_of_payments import EventSource
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.idempotency import Once
from app.shared.ledger import Actor
from app.shared.payments import (
    Kept,
    Paid,
    Payable,
    Payables,
    Payments,
    RefundBecause,
    Refunded,
    start_payment,
)
from app.shared.payments.hearing import hear
from app.shared.payments.watching import send_refund, watch
from tests.shared.payments import toy


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """A provider whose client is killed before it asks, or when it has heard the answer."""

    def __init__(self, provider: Any, point: str) -> None:
        self._provider, self._point = provider, point

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._provider, name)
        if not asyncio.iscoroutinefunction(real):
            return real

        async def call(*given: Any, **named: Any) -> Any:
            if self._point == f"before {name}":
                die()
            answer = await real(*given, **named)
            if self._point == f"after {name}":
                die()
            return answer

        return call


def dying_payable(point: str) -> Payable:
    """Killed when the pack has done its part and nothing is committed."""

    async def on_paid(session: AsyncSession, paid: Paid) -> Kept | RefundBecause:
        answer = await toy.on_paid(session, paid)
        if point == "in on_paid":
            await session.flush()
            die()
        return answer

    async def on_refunded(session: AsyncSession, refunded: Refunded) -> None:
        await toy.on_refunded(session, refunded)
        if point == "in on_refunded":
            die()

    return Payable(toy.KIND, toy.lock, toy.check, on_paid, on_refunded)


async def act(rooms: Rooms, told: dict[str, str]) -> None:
    point, payments = told["dies"], rooms.payments
    kinds = Payables([dying_payable(point)])
    kinds.furnish(rooms)
    dying: Any = Dying(payments.provider, point)
    payments = Payments(dying, kinds, payments.clock, payments.sealer, payments.digester)
    match told["act"]:
        case "start":
            await start_payment(
                rooms.sessions,
                payments,
                Once(None, rooms.digester, rooms.sealer),
                actor=Actor(ActorKind.MEMBER, UUID(told["member"]), "", rooms.digester),
                kind=toy.KIND,
                payable_id=UUID(told["order"]),
            )
        case "watch":
            payload = {"payment_id": told["payment"]}
            await watch(uuid4(), payload, sessions=rooms.sessions, payments=payments)
        case "refund":
            payload = {"refund_id": told["refund"]}
            await send_refund(uuid4(), payload, sessions=rooms.sessions, payments=payments)
        case "hear":
            trade = await payments.provider.query(told["number"])  # type: ignore[union-attr]
            assert trade is not None
            await hear(rooms.sessions, payments, trade, source=EventSource.QUERY)
            if point == "after hear":
                die()


async def live(told: dict[str, str]) -> None:
    async with open_rooms(Settings()) as rooms:
        await act(rooms, told)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(json.loads(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write(("killed" if killed else "lived") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
