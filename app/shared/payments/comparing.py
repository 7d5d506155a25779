"""The lines of a bill held against our rows: in what they differ. Reads rows, changes none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment, Refund
from app.models.states_of_payments import DifferenceKind, MoneyFlow, RefundState
from app.shared.payments.provider import CNY, BillLine
from app.shared.payments.rules import WITH_MONEY

# What a refund of ours may be when the bill, which is older, has it so.
AGREED = {
    "SUCCESS": {RefundState.SUCCEEDED},
    "PROCESSING": {*RefundState} - {RefundState.ASKED},
    "CHANGE": {RefundState.ABNORMAL, RefundState.SUCCEEDED, RefundState.CLOSED},
    "ABNORMAL": {RefundState.ABNORMAL, RefundState.SUCCEEDED, RefundState.CLOSED},
    "CLOSED": {RefundState.CLOSED},
}


@dataclass(frozen=True, slots=True)
class Differing:
    """One difference, before it is a row. `facts`: columns of it."""

    kind: DifferenceKind
    flow: MoneyFlow
    number: str
    facts: dict[str, Any]


async def compare(session: AsyncSession, lines: Sequence[BillLine]) -> list[Differing]:
    """Of some lines of a bill."""
    paid = await session.scalars(
        select(Payment).where(Payment.number.in_([line.number for line in lines]))
    )
    backs = [line.back_number for line in lines if line.back_number is not None]
    refunded = await session.scalars(select(Refund).where(Refund.number.in_(backs)))
    payments = {each.number: each for each in paid}
    refunds = {each.number: each for each in refunded}
    found: list[Differing] = []
    for line in lines:
        if line.back_number is None:
            found += _of_payment(line, payments.get(line.number))
        else:
            found += _of_refund(line, line.back_number, refunds.get(line.back_number))
    return found


def _of_payment(line: BillLine, payment: Payment | None) -> Iterator[Differing]:
    flow, theirs = MoneyFlow.PAYMENT, {"their_fen": line.paid_fen, "their_state": "SUCCESS"}
    if payment is None:
        yield Differing(DifferenceKind.MISSING_HERE, flow, line.number, theirs)
        return
    facts = {
        **theirs,
        "payment_id": payment.id,
        "our_fen": payment.received_fen,
        "our_state": payment.state,
    }
    if payment.state not in WITH_MONEY:
        yield Differing(DifferenceKind.STATE_DIFFERS, flow, line.number, facts)
    elif line.transaction_no != payment.transaction_no:
        yield Differing(DifferenceKind.PAID_AGAIN, flow, line.number, facts)
    elif (line.paid_fen, line.currency) != (payment.received_fen, payment.received_currency):
        yield Differing(DifferenceKind.AMOUNT_DIFFERS, flow, line.number, facts)


def _of_refund(line: BillLine, number: str, refund: Refund | None) -> Iterator[Differing]:
    flow, theirs = MoneyFlow.REFUND, {"their_fen": line.back_fen, "their_state": line.back_state}
    if refund is None:
        yield Differing(DifferenceKind.MISSING_HERE, flow, number, theirs)
        return
    facts = {
        **theirs,
        "payment_id": refund.payment_id,
        "refund_id": refund.id,
        "our_fen": refund.amount_fen,
        "our_state": refund.state,
    }
    if line.back_fen != refund.amount_fen or line.currency != CNY:
        yield Differing(DifferenceKind.AMOUNT_DIFFERS, flow, number, facts)
    elif refund.state not in AGREED.get(line.back_state or "", set()):
        yield Differing(DifferenceKind.STATE_DIFFERS, flow, number, facts)
