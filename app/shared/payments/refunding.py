"""Give money back: full or in part, never more than came, and however often it is asked, once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment, Refund
from app.models.states_of_payments import RefundCause, RefundState
from app.platform.clock import Clock
from app.platform.errors import StateConflict
from app.platform.ids import new_id
from app.shared.ledger import Act, Actor, made, write
from app.shared.outbox import NewJob, put
from app.shared.payments.refusals import RefundTooLarge
from app.shared.payments.room import Payments
from app.shared.payments.rows import find_paid
from app.shared.payments.rules import WITH_MONEY

SEND = "payments.refund"


async def refund_payable(
    session: AsyncSession,
    clock: Clock,
    *,
    kind: str,
    payable_id: UUID,
    refund_id: UUID,
    amount_fen: int,
    cause: RefundCause,
    actor: Actor,
    reason: str | None = None,
) -> Refund:
    """For packs, in their transaction and under the payable's lock: so much of what was paid
    goes back. `refund_id` is the caller's, and the same again is the same refund.

    `on_refunded` is called once the provider has done it. Raises `StateConflict` (not paid, or
    the id is another refund's), `RefundTooLarge`.
    """
    payment = await find_paid(session, kind, payable_id)
    if payment is None:
        raise StateConflict(state="unpaid")
    return await refund_payment(
        session,
        payment,
        refund_id=refund_id,
        amount_fen=amount_fen,
        cause=cause,
        actor=actor,
        at=clock.now(),
        reason=reason,
    )


async def refund_payment(
    session: AsyncSession,
    payment: Payment,
    *,
    refund_id: UUID,
    amount_fen: int,
    cause: RefundCause,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
    why: str | None = None,
) -> Refund:
    """Of a locked payment, whatever became of its money. `why` is the ledger's reason.

    Raises as `refund_payable`.
    """
    known = await session.get(Refund, refund_id)
    if known is not None:
        if (known.payment_id, known.amount_fen) != (payment.id, amount_fen):
            raise StateConflict(state=known.state)
        return known
    check_refund(payment, amount_fen)
    payment.refunded_fen += amount_fen
    refund = Refund(
        id=refund_id,
        payment_id=payment.id,
        number=refund_id.hex,
        amount_fen=amount_fen,
        cause=cause,
        state=RefundState.ASKED,
        asked_by=actor.name,
        reason=reason,
        asked_at=at,
    )
    session.add(refund)
    await session.flush()
    changes = made(payment_id=payment.id, amount_fen=amount_fen, cause=cause)
    act = Act(actor, "refund.ask", "refund", refund_id, changes, at=at, reason=why or reason)
    await write(session, [act])
    await put(session, NewJob(SEND, {"refund_id": refund_id}, dedupe_key=send_key(refund_id)))
    return refund


def check_refund(payment: Payment, amount_fen: int) -> None:
    """Raises `StateConflict`, `RefundTooLarge`."""
    if payment.state not in WITH_MONEY or payment.received_fen is None:
        raise StateConflict(state=payment.state)
    left_fen = payment.received_fen - payment.refunded_fen
    if amount_fen > left_fen:
        raise RefundTooLarge(left_fen=left_fen)


async def refund_whole(
    session: AsyncSession, payments: Payments, payment: Payment, cause: RefundCause
) -> None:
    """What nobody keeps goes back, by nobody in person."""
    await refund_payment(
        session,
        payment,
        refund_id=new_id(),
        amount_fen=payment.amount_fen,
        cause=cause,
        actor=payments.system,
        at=payments.clock.now(),
    )


def send_key(refund_id: UUID) -> str:
    return f"payments:refund:{refund_id}"
