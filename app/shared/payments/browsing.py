"""Payments, what was said of them, refunds, bills compared and differences, for staff."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.models.payments import (
    Payment,
    PaymentDifference,
    PaymentEvent,
    Reconciliation,
    Refund,
)
from app.models.states_of_payments import DifferenceState, PaymentState
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Keyset, Page, PageRequest

_PAYMENTS = Keyset(Payment.id, descending=True)
_RECONCILIATIONS = Keyset(Reconciliation.id, descending=True)
_DIFFERENCES = Keyset(PaymentDifference.id, descending=True)


@dataclass(frozen=True, slots=True)
class WholePayment:
    """A payment with all that was said of it and of its refunds, in the order of hearing."""

    payment: Payment
    refunds: list[Refund]
    events: list[PaymentEvent]


async def list_payments(
    sessions: Sessions,
    *,
    page: PageRequest,
    state: PaymentState | None = None,
    payable_id: UUID | None = None,
    number: str | None = None,
) -> Page[Payment]:
    """The last begun first. `number`: ours or the provider's."""
    statement = select(Payment, Payment.id)
    if state is not None:
        statement = statement.where(Payment.state == state)
    if payable_id is not None:
        statement = statement.where(Payment.payable_id == payable_id)
    if number is not None:
        statement = statement.where((Payment.number == number) | (Payment.transaction_no == number))
    async with sessions() as session:
        found = await _PAYMENTS.page(session, statement, page)
    return found.map(lambda row: row[0])


async def find_payment(sessions: Sessions, *, payment_id: UUID) -> WholePayment:
    """Raises `NotFound`."""
    async with sessions() as session:
        payment = await session.get(Payment, payment_id)
        if payment is None:
            raise NotFound()
        refunds = await session.scalars(
            select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id)
        )
        events = await session.scalars(
            select(PaymentEvent)
            .where(PaymentEvent.payment_id == payment_id)
            .order_by(PaymentEvent.id)
        )
        return WholePayment(payment, list(refunds), list(events))


async def list_reconciliations(
    sessions: Sessions, *, page: PageRequest, day: date | None = None
) -> Page[Reconciliation]:
    """The last begun first."""
    statement = select(Reconciliation, Reconciliation.id)
    if day is not None:
        statement = statement.where(Reconciliation.day == day)
    async with sessions() as session:
        found = await _RECONCILIATIONS.page(session, statement, page)
    return found.map(lambda row: row[0])


async def find_reconciliation(sessions: Sessions, *, reconciliation_id: UUID) -> Reconciliation:
    """Raises `NotFound`."""
    async with sessions() as session:
        found = await session.get(Reconciliation, reconciliation_id)
    if found is None:
        raise NotFound()
    return found


async def list_differences(
    sessions: Sessions, *, page: PageRequest, state: DifferenceState | None = None
) -> Page[PaymentDifference]:
    """The last found first."""
    statement = select(PaymentDifference, PaymentDifference.id)
    if state is not None:
        statement = statement.where(PaymentDifference.state == state)
    async with sessions() as session:
        found = await _DIFFERENCES.page(session, statement, page)
    return found.map(lambda row: row[0])
