"""What the provider says of a refund, heard: as of payments, whatever the order."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment, Refund
from app.models.states_of_payments import (
    DifferenceKind,
    EventOutcome,
    EventSource,
    MoneyFlow,
    PaymentState,
    RefundState,
)
from app.platform.clock import shanghai_day
from app.shared.ledger import Act, write
from app.shared.payments.events import keep_event, open_difference
from app.shared.payments.payable import Refunded
from app.shared.payments.provider import Back
from app.shared.payments.room import Payments
from app.shared.payments.rows import lock_payment, lock_refund
from app.shared.payments.rules import REFUND_MOVES, contradicts

# Ends that somebody has to see to.
SEEN_TO = {
    RefundState.CLOSED: DifferenceKind.REFUND_CLOSED,
    RefundState.ABNORMAL: DifferenceKind.REFUND_ABNORMAL,
}


async def hear_back(
    session: AsyncSession,
    payments: Payments,
    back: Back,
    *,
    source: EventSource,
    notice_no: str | None,
) -> EventOutcome:
    """In the caller's transaction."""
    row = (
        await session.execute(
            select(Refund.id, Refund.payment_id).where(Refund.number == back.number)
        )
    ).one_or_none()
    refund_id, payment_id = (row.id, row.payment_id) if row is not None else (None, None)
    if row is None:
        await _flag(session, payments, DifferenceKind.MISSING_HERE, back)
        outcome = EventOutcome.UNKNOWN
    else:
        locked = await lock_payment(session, payments, row.payment_id)
        refund = await lock_refund(session, row.id)
        outcome = await _apply(session, payments, locked.payment, refund, back)
    await keep_event(
        session,
        payments.sealer,
        back,
        source=source,
        notice_no=notice_no,
        outcome=outcome,
        at=payments.clock.now(),
        payment_id=payment_id,
        refund_id=refund_id,
    )
    return outcome


async def _apply(
    session: AsyncSession, payments: Payments, payment: Payment, refund: Refund, back: Back
) -> EventOutcome:
    if back.amount_fen != refund.amount_fen:
        await _flag(session, payments, DifferenceKind.AMOUNT_DIFFERS, back, refund)
        return EventOutcome.FLAGGED
    refund.provider_no = back.provider_no
    if back.created_at is not None:
        refund.bill_day = shanghai_day(back.created_at)
    after = REFUND_MOVES[refund.state].get(back.state)
    if after is not None:
        await _move(session, payments, payment, refund, after)
        if after in SEEN_TO:
            await _flag(session, payments, SEEN_TO[after], back, refund)
        return EventOutcome.APPLIED
    if contradicts(refund.state, back.state):
        await _flag(session, payments, DifferenceKind.STATE_DIFFERS, back, refund)
        return EventOutcome.FLAGGED
    return EventOutcome.NOTHING_NEW


async def _move(
    session: AsyncSession,
    payments: Payments,
    payment: Payment,
    refund: Refund,
    after: RefundState,
) -> None:
    before, now = refund.state, payments.clock.now()
    refund.state = after
    if after in {RefundState.SUCCEEDED, RefundState.CLOSED}:
        refund.ended_at = now
    if after is RefundState.CLOSED:
        # The money is still ours, and can be given back otherwise.
        payment.refunded_fen -= refund.amount_fen
    await session.flush()
    changes = {"state": (before, after)}
    act = Act(payments.system, "refund.move", "refund", refund.id, changes, at=now)
    await write(session, [act])
    if payment.state is not PaymentState.PAID:
        return
    if after is RefundState.SUCCEEDED:
        await _tell_payable(session, payments, payment, refund)
    if after is RefundState.CLOSED:
        await payments.payables.recount(session, payment.payable_kind, payment.payable_id)


async def _tell_payable(
    session: AsyncSession, payments: Payments, payment: Payment, refund: Refund
) -> None:
    succeeded = await session.scalars(
        select(Refund.amount_fen).where(
            Refund.payment_id == payment.id, Refund.state == RefundState.SUCCEEDED
        )
    )
    assert payment.received_fen is not None
    assert refund.ended_at is not None
    refunded = Refunded(
        refund_id=refund.id,
        payment_id=payment.id,
        payable_id=payment.payable_id,
        amount_fen=refund.amount_fen,
        refunded_fen=sum(succeeded),
        received_fen=payment.received_fen,
        at=refund.ended_at,
    )
    await payments.payables.on_refunded(session, payment.payable_kind, refunded)


async def _flag(
    session: AsyncSession,
    payments: Payments,
    kind: DifferenceKind,
    back: Back,
    refund: Refund | None = None,
) -> None:
    ours: dict[str, Any] = {}
    if refund is not None:
        ours = {
            "refund_id": refund.id,
            "payment_id": refund.payment_id,
            "our_fen": refund.amount_fen,
            "our_state": refund.state,
        }
    await open_difference(
        session,
        kind,
        MoneyFlow.REFUND,
        back.number,
        their_fen=back.amount_fen,
        their_state=back.state,
        found_at=payments.clock.now(),
        **ours,
    )
