"""What is asked of the provider when it does not say anything by itself, later and later.

A provider that cannot be reached is asked again for as long as it takes: money does not lapse. So
these jobs put themselves off; they fail only where the provider says a definite no.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.models.payments import Payment, Refund
from app.models.states_of_payments import EventSource, RefundCause, RefundState
from app.platform.db import Sessions
from app.platform.errors import TemporarilyUnavailable
from app.platform.jobs import JobFailed, Later, Payload
from app.shared.payments.hearing import close_here, hear
from app.shared.payments.provider import (
    Back,
    Provider,
    ProviderRefused,
    ProviderUnavailable,
)
from app.shared.payments.room import Payments
from app.shared.payments.rows import lock_payment
from app.shared.payments.rules import LIVE, UNDER_WAY

SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
PAID = "ORDERPAID"
# What the payer reads beside the money that comes back. Public words.
REASONS = {
    RefundCause.PAID_TWICE: "重复支付退款",
    RefundCause.HOLD_LAPSED: "订单超时退款",
    RefundCause.CANCELLED: "订单取消退款",
    RefundCause.PAYABLE_GONE: "订单不存在退款",
    RefundCause.RETURNED: "退货退款",
    RefundCause.STAFF: "工作人员退款",
}

log = structlog.get_logger(__name__)


async def watch(job_id: UUID, payload: Payload, *, sessions: Sessions, payments: Payments) -> None:
    """Ask what became of an attempt, until it is paid, or over; past its end, close it."""
    async with sessions() as session:
        payment = await session.get_one(Payment, UUID(payload["payment_id"]))
    if payment.state not in LIVE:
        return
    provider, now = _provider(payments), payments.clock.now()
    is_over = now >= payment.expires_at
    pause = next_look(now, payment.created_at)
    try:
        trade = await provider.query(payment.number)
        if trade is not None and (trade.state.has_money or trade.state.is_over):
            await hear(sessions, payments, trade, source=EventSource.QUERY)
            return
        if is_over and trade is not None:
            await provider.close(payment.number)
    except ProviderUnavailable as error:
        log.warning("payment_not_asked", payment_id=str(payment.id), code=error.code)
        raise Later(now + pause) from error
    except ProviderRefused as error:
        if error.code != PAID:
            raise JobFailed(_word(error.code)) from error
        # Between the question and the closing somebody paid: the next look hears of it.
        raise Later(now + SHORTEST) from error
    if not is_over:
        raise Later(min(now + pause, payment.expires_at))
    await _close(sessions, payments, payment.id)


async def ask(job_id: UUID, payload: Payload, *, sessions: Sessions, payments: Payments) -> None:
    """Ask once, whatever we believe: the bill says otherwise."""
    async with sessions() as session:
        payment = await session.get_one(Payment, UUID(payload["payment_id"]))
    try:
        trade = await _provider(payments).query(payment.number)
    except (ProviderUnavailable, ProviderRefused) as error:
        raise JobFailed(_word(error.code)) from error
    if trade is not None:
        await hear(sessions, payments, trade, source=EventSource.QUERY)


async def send_refund(
    job_id: UUID, payload: Payload, *, sessions: Sessions, payments: Payments
) -> None:
    """Ask for the refund, by its number as often as it takes, and what became of it."""
    async with sessions() as session:
        refund = await session.get_one(Refund, UUID(payload["refund_id"]))
        payment = await session.get_one(Payment, refund.payment_id)
    if refund.state not in UNDER_WAY and refund.bill_day is not None:
        return
    provider, now = _provider(payments), payments.clock.now()
    pause = next_look(now, refund.asked_at)
    try:
        back = await _ask_for(provider, payment, refund)
    except ProviderUnavailable as error:
        log.warning("refund_not_asked", refund_id=str(refund.id), code=error.code)
        raise Later(now + pause) from error
    except ProviderRefused as error:
        raise JobFailed(_word(error.code)) from error
    await hear(sessions, payments, back, source=EventSource.ANSWER)
    async with sessions() as session:
        refund = await session.get_one(Refund, refund.id)
    if refund.state in UNDER_WAY:
        raise Later(now + pause)


async def _ask_for(provider: Provider, payment: Payment, refund: Refund) -> Back:
    if refund.state is not RefundState.ASKED:
        known = await provider.query_refund(refund.number)
        if known is not None:
            return known
    assert payment.received_fen is not None, "only what came is given back"
    return await provider.refund(
        number=refund.number,
        payment_number=payment.number,
        amount_fen=refund.amount_fen,
        received_fen=payment.received_fen,
        reason=REASONS[refund.cause],
    )


async def _close(sessions: Sessions, payments: Payments, payment_id: UUID) -> None:
    async with sessions.begin() as session:
        locked = await lock_payment(session, payments, payment_id)
        if locked.payment.state in LIVE:
            await close_here(session, payments, locked.payment)


def next_look(now: datetime, since: datetime) -> timedelta:
    """Half as long again as it has lasted, from seconds to half an hour."""
    return max(SHORTEST, min(LONGEST, (now - since) / 2))


def _provider(payments: Payments) -> Provider:
    try:
        return payments.require_provider()
    except TemporarilyUnavailable as error:
        raise JobFailed("no_provider") from error


def _word(code: str) -> str:
    """The provider's code as ours are written; it holds no value."""
    return "".join(char for char in code.lower() if char.isalnum() or char == "_")[:64] or "refused"
