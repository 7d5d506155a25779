"""Money that has come, and a difference, where nobody needs to have paid: rows as they would be."""

from uuid import UUID

from app.models.payments import Payment, PaymentDifference
from app.models.states_of_payments import (
    DifferenceKind,
    DifferenceState,
    EventOutcome,
    EventSource,
    MoneyFlow,
    PaymentState,
)
from app.platform.clock import shanghai_day
from app.platform.ids import new_id
from app.shared.payments.events import keep_event
from app.shared.payments.provider import Trade, TradeState
from tests.factories import Factory

KIND = "test.order"
PRICE = 19_900


async def received(make: Factory) -> UUID:
    """A payment whose money was kept by something that no pack knows any more."""
    rooms, member, payment_id = make.rooms, await make.member(), new_id()
    now, number = rooms.clock.now(), payment_id.hex
    async with rooms.sessions.begin() as session:
        session.add(
            Payment(
                id=payment_id,
                payable_kind=KIND,
                payable_id=new_id(),
                payer_id=member.id,
                number=number,
                amount_fen=PRICE,
                description="年货大礼包",
                state=PaymentState.PAID,
                created_at=now,
                expires_at=now,
                transaction_no=f"42{number}",
                received_fen=PRICE,
                received_currency="CNY",
                paid_at=now,
                bill_day=shanghai_day(now),
            )
        )
        await session.flush()
        await keep_event(
            session,
            rooms.sealer,
            Trade(number, TradeState.SUCCESS, "{}", amount_fen=PRICE, currency="CNY"),
            source=EventSource.QUERY,
            notice_no=None,
            outcome=EventOutcome.APPLIED,
            at=now,
            payment_id=payment_id,
        )
    return payment_id


async def difference(make: Factory) -> UUID:
    """One that nobody sees to yet."""
    difference_id = new_id()
    async with make.rooms.sessions.begin() as session:
        session.add(
            PaymentDifference(
                id=difference_id,
                kind=DifferenceKind.MISSING_HERE,
                flow=MoneyFlow.PAYMENT,
                number=difference_id.hex,
                their_fen=PRICE,
                their_state="SUCCESS",
                state=DifferenceState.OPEN,
                found_at=make.rooms.clock.now(),
            )
        )
    return difference_id
