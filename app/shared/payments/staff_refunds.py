"""Staff give money back, alone or, above a threshold, by two people."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment, Refund
from app.models.states import Role
from app.models.states_of_payments import PaymentState, RefundCause
from app.platform.db import Sessions
from app.platform.errors import NotFound, Words
from app.platform.ids import new_id
from app.platform.money import yuan
from app.shared.approvals import ApprovalKind, Approved, Asked, Proposal, propose
from app.shared.approvals import Payload as Asking
from app.shared.idempotency import Once
from app.shared.ledger import Actor
from app.shared.payments.refunding import check_refund, refund_payment
from app.shared.payments.room import Payments
from app.shared.payments.rows import lock_payment


async def refund_by_staff(
    sessions: Sessions,
    payments: Payments,
    once: Once,
    *,
    actor: Actor,
    payment_id: UUID,
    amount_fen: int,
    reason: str,
) -> Refund | Asked:
    """So much of a payment goes back, or it is asked for where that is more than one may alone.

    Raises `NotFound`, `StateConflict` (no money came), `RefundTooLarge`, `ApprovalPending`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Payment.id).where(Payment.id == payment_id))
        payment = (await lock_payment(session, payments, payment_id)).payment
        check_refund(payment, amount_fen)
        proposal = _proposal(payment, amount_fen, reason)
        asked = await propose(session, once, REFUND, proposal, actor=actor)
        if asked is not None:
            return asked
        refund = await _refund(
            session,
            payments,
            payment,
            refund_id=new_id(),
            amount_fen=amount_fen,
            actor=actor,
            reason=reason,
        )
        await once.keep(session, refund)
    return refund


def _proposal(payment: Payment, amount_fen: int, reason: str) -> Proposal:
    amount = yuan(amount_fen)
    payload: dict[str, Any] = {"amount_fen": amount_fen, "payment_id": str(payment.id)}
    return Proposal(
        object_id=payment.id,
        payload=payload,
        summary=Words(
            f"向支付单 {payment.number} 退款 {amount} 元",
            f"Refund {amount} yuan of the payment {payment.number}",
        ),
        reason=reason,
        amount_fen=amount_fen,
    )


async def _refund(
    session: AsyncSession,
    payments: Payments,
    payment: Payment,
    *,
    refund_id: UUID,
    amount_fen: int,
    actor: Actor,
    reason: str,
    why: str | None = None,
) -> Refund:
    """Of a payment that is locked under its payable, which has so much less from now on."""
    refund = await refund_payment(
        session,
        payment,
        refund_id=refund_id,
        amount_fen=amount_fen,
        cause=RefundCause.STAFF,
        actor=actor,
        at=payments.clock.now(),
        reason=reason,
        why=why,
    )
    if payment.state is PaymentState.PAID:
        await payments.payables.recount(session, payment.payable_kind, payment.payable_id)
    return refund


async def _check(session: AsyncSession, object_id: UUID, payload: Asking) -> None:
    """Locks nothing: the payable's lock comes before the payment's, and is the act's."""
    payment = await session.get(Payment, object_id, populate_existing=True)
    if payment is None:
        raise NotFound()
    check_refund(payment, payload["amount_fen"])


async def _perform(
    session: AsyncSession, approved: Approved, actor: Actor, *, payments: Payments
) -> None:
    await _refund(
        session,
        payments,
        (await lock_payment(session, payments, approved.object_id)).payment,
        # The approval's own, so whatever is repeated, it is this refund.
        refund_id=approved.approval_id,
        amount_fen=approved.payload["amount_fen"],
        actor=actor,
        reason=approved.reason,
        why=approved.why,
    )


REFUND = ApprovalKind(
    name="payments.refund",
    object_kind="payment",
    deciders=frozenset({Role.FINANCE}),
    check=_check,
    perform=_perform,
)
