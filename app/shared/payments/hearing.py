"""What the provider says of a payment, heard: by notification, by query, in any order, any number
of times, early or late. What is done follows from the rows as they are, under the payable's lock.

Docs: `docs/payments.md` has the rule for every unknown.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment
from app.models.states_of_payments import (
    DifferenceKind,
    EventOutcome,
    EventSource,
    MoneyFlow,
    PaymentState,
    RefundCause,
)
from app.platform.clock import shanghai_day
from app.platform.db import Sessions
from app.shared.ledger import Act, write
from app.shared.outbox import NewJob, put
from app.shared.payments.events import keep_event, open_difference
from app.shared.payments.hearing_backs import hear_back
from app.shared.payments.payable import Kept, Paid
from app.shared.payments.provider import Back, Trade
from app.shared.payments.refunding import refund_whole
from app.shared.payments.room import Payments
from app.shared.payments.rows import Locked, find_live, find_paid, lock_payment
from app.shared.payments.rules import LIVE, PAYMENT_MOVES, WITH_MONEY, is_what_was_due
from app.shared.payments.starting import close_soon

TELL = "payments.tell"


async def hear(
    sessions: Sessions,
    payments: Payments,
    said: Trade | Back,
    *,
    source: EventSource,
    notice_no: str | None = None,
) -> EventOutcome:
    """One transaction. Raises `TemporarilyUnavailable`: then it is to be said again."""
    async with sessions.begin() as session:
        if isinstance(said, Back):
            return await hear_back(session, payments, said, source=source, notice_no=notice_no)
        return await _hear_trade(session, payments, said, source=source, notice_no=notice_no)


async def _hear_trade(
    session: AsyncSession,
    payments: Payments,
    trade: Trade,
    *,
    source: EventSource,
    notice_no: str | None,
) -> EventOutcome:
    payment_id = await session.scalar(select(Payment.id).where(Payment.number == trade.number))
    if payment_id is None:
        outcome = await _of_nobody(session, payments, trade)
    else:
        locked = await lock_payment(session, payments, payment_id)
        outcome = await _apply(session, payments, locked, trade)
    await keep_event(
        session,
        payments.sealer,
        trade,
        source=source,
        notice_no=notice_no,
        outcome=outcome,
        at=payments.clock.now(),
        payment_id=payment_id,
    )
    return outcome


async def _of_nobody(session: AsyncSession, payments: Payments, trade: Trade) -> EventOutcome:
    if trade.state.has_money:
        await open_difference(
            session,
            DifferenceKind.MISSING_HERE,
            MoneyFlow.PAYMENT,
            trade.number,
            their_fen=trade.amount_fen,
            their_state=trade.state,
            found_at=payments.clock.now(),
        )
    return EventOutcome.UNKNOWN


async def _apply(
    session: AsyncSession, payments: Payments, locked: Locked, trade: Trade
) -> EventOutcome:
    payment = locked.payment
    if trade.state.has_money:
        if payment.state in WITH_MONEY:
            return await _again(session, payments, payment, trade)
        if not is_what_was_due(trade, payment.amount_fen):
            return await _mismatch(session, payments, payment, trade)
        await _take(session, payments, locked, trade)
        return EventOutcome.APPLIED
    if trade.state.is_over and payment.state in LIVE:
        await close_here(session, payments, payment)
        return EventOutcome.APPLIED
    return EventOutcome.NOTHING_NEW


async def close_here(session: AsyncSession, payments: Payments, payment: Payment) -> None:
    """Nobody can pay it any more: the provider said so. It is locked, and live."""
    payment.closed_at = payments.clock.now()
    await _move(session, payments, payment, "close")


async def _again(
    session: AsyncSession, payments: Payments, payment: Payment, trade: Trade
) -> EventOutcome:
    """Of money that we know of. Other money under the same number is nobody's yet."""
    is_same = trade.transaction_no == payment.transaction_no
    if is_same and trade.amount_fen == payment.received_fen:
        return EventOutcome.NOTHING_NEW
    await open_difference(
        session,
        DifferenceKind.AMOUNT_DIFFERS if is_same else DifferenceKind.PAID_AGAIN,
        MoneyFlow.PAYMENT,
        payment.number,
        payment_id=payment.id,
        our_fen=payment.received_fen,
        their_fen=trade.amount_fen,
        our_state=payment.state,
        their_state=trade.state,
        found_at=payments.clock.now(),
    )
    return EventOutcome.FLAGGED


async def _mismatch(
    session: AsyncSession, payments: Payments, payment: Payment, trade: Trade
) -> EventOutcome:
    """Not what was due, in sum or currency: the payable hears nothing of it, staff decide."""
    await open_difference(
        session,
        DifferenceKind.AMOUNT_DIFFERS,
        MoneyFlow.PAYMENT,
        payment.number,
        payment_id=payment.id,
        our_fen=payment.amount_fen,
        their_fen=trade.amount_fen,
        our_state=payment.state,
        their_state=trade.state,
        found_at=payments.clock.now(),
    )
    _receive(payments, payment, trade)
    await _move(session, payments, payment, "mismatch")
    return EventOutcome.FLAGGED


async def _take(session: AsyncSession, payments: Payments, locked: Locked, trade: Trade) -> None:
    """Exactly what was due has come: the payable keeps it, or the whole goes back at once."""
    payment = locked.payment
    cause = await _why_not(session, payments, locked, trade)
    # Only now, and at once: a row with half of it could not be written.
    _receive(payments, payment, trade)
    if cause is not None:
        payment.surplus_cause = cause
        await _move(session, payments, payment, "return")
        await refund_whole(session, payments, payment, cause)
        await put(session, NewJob(TELL, {"payment_id": payment.id}))
        return
    await _move(session, payments, payment, "pay")
    other = await find_live(session, payment.payable_kind, payment.payable_id)
    if other is not None:
        await close_soon(session, other, at=payments.clock.now())


async def _why_not(
    session: AsyncSession, payments: Payments, locked: Locked, trade: Trade
) -> RefundCause | None:
    payment = locked.payment
    assert trade.paid_at is not None, "where there is money there is its time"
    if locked.due is None:
        return RefundCause.PAYABLE_GONE
    if await find_paid(session, payment.payable_kind, payment.payable_id) is not None:
        return RefundCause.PAID_TWICE
    answer = await payments.payables.on_paid(
        session,
        payment.payable_kind,
        Paid(
            payment_id=payment.id,
            payable_id=payment.payable_id,
            amount_fen=payment.amount_fen,
            paid_at=payments.in_campaign_time(trade.paid_at),
            learned_at=payments.clock.now(),
        ),
    )
    return None if isinstance(answer, Kept) else answer.cause


def _receive(payments: Payments, payment: Payment, trade: Trade) -> None:
    assert trade.paid_at is not None, "where there is money there is its time"
    payment.transaction_no = trade.transaction_no
    payment.received_fen = trade.amount_fen
    payment.received_currency = trade.currency
    payment.paid_at = payments.in_campaign_time(trade.paid_at)
    payment.bill_day = shanghai_day(trade.paid_at)


async def _move(session: AsyncSession, payments: Payments, payment: Payment, move: str) -> None:
    before = payment.state
    payment.state = PAYMENT_MOVES[before][move]
    await session.flush()
    changes = {"state": (before, payment.state)}
    if payment.state is not PaymentState.CLOSED:
        changes["received_fen"] = (None, payment.received_fen)  # type: ignore[assignment]
    act = Act(
        payments.system,
        f"payment.{move}",
        "payment",
        payment.id,
        changes,
        at=payments.clock.now(),
    )
    await write(session, [act])
