"""The room's rows, found and locked. Whoever locks one of them holds its payable's lock: so nobody
waits in a circle."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment, Refund
from app.models.states_of_payments import PaymentState
from app.platform.errors import NotFound
from app.shared.payments.payable import Due
from app.shared.payments.room import Payments
from app.shared.payments.rules import LIVE


@dataclass(frozen=True, slots=True)
class Locked:
    """A payment under its payable's lock, and what is due for that. `due` None: it is gone."""

    payment: Payment
    due: Due | None


async def lock_payment(session: AsyncSession, payments: Payments, payment_id: UUID) -> Locked:
    """The payable first, whose kind and id never change, then the payment. Raises `NotFound`."""
    row = (
        await session.execute(
            select(Payment.payable_kind, Payment.payable_id).where(Payment.id == payment_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    due = await payments.payables.lock(session, row.payable_kind, row.payable_id)
    return Locked(await _lock(session, payment_id), due)


async def _lock(session: AsyncSession, payment_id: UUID) -> Payment:
    payment = await session.scalar(
        select(Payment)
        .where(Payment.id == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if payment is None:
        raise NotFound()
    return payment


async def find_live(session: AsyncSession, kind: str, payable_id: UUID) -> Payment | None:
    """The attempt that somebody could pay, locked; its payable is."""
    return await _find(session, kind, payable_id, LIVE)


async def find_paid(session: AsyncSession, kind: str, payable_id: UUID) -> Payment | None:
    """The attempt whose money the payable kept, locked; its payable is."""
    return await _find(session, kind, payable_id, {PaymentState.PAID})


async def _find(
    session: AsyncSession, kind: str, payable_id: UUID, states: Collection[PaymentState]
) -> Payment | None:
    """Of each of the two there is one at most."""
    return await session.scalar(
        select(Payment)
        .where(
            Payment.payable_kind == kind,
            Payment.payable_id == payable_id,
            Payment.state.in_(sorted(states)),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def lock_refund(session: AsyncSession, refund_id: UUID) -> Refund:
    """Its payment is locked."""
    refund = await session.scalar(
        select(Refund)
        .where(Refund.id == refund_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assert refund is not None, "refunds are not removed"
    return refund
