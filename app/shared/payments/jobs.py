"""What the room does later: ask, give back, tell, compare bills, and see that none of it stops."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment, Reconciliation, Refund
from app.models.states_of_payments import ReconciliationState
from app.platform.jobs import Handler, Outside, Payload, Periodic, Within
from app.shared.notices import NewNotice, Notices
from app.shared.outbox import NewJob, put_many
from app.shared.payments.hearing import TELL
from app.shared.payments.notices import RETURNED
from app.shared.payments.reconciling import ASK, RECONCILE, put_reconciliation, reconcile
from app.shared.payments.refunding import SEND, send_key
from app.shared.payments.room import Payments
from app.shared.payments.rules import LIVE, UNDER_WAY
from app.shared.payments.starting import WATCH, watch_key
from app.shared.payments.watching import ask, send_refund, watch

BATCH = 500
RECONCILE_LIMIT_S = 600.0
GIVEN_UP_AFTER = timedelta(days=1)


async def tell(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    """The payer whose money goes back because nothing took it."""
    payment = await session.get_one(Payment, UUID(payload["payment_id"]))
    await notices.notify(
        session,
        NewNotice(
            RETURNED,
            payment.payer_id,
            {"description": payment.description, "amount": payment.amount_fen},
            dedupe_key=f"payments:returned:{payment.id}",
        ),
    )


async def sweep(session: AsyncSession, payload: Payload, *, payments: Payments) -> None:
    """Whatever is under way has its job, even where one had failed and was left alone."""
    if payments.provider is None:
        return
    live = await session.scalars(
        select(Payment.id).where(Payment.state.in_(sorted(LIVE))).order_by(Payment.id).limit(BATCH)
    )
    back = await session.scalars(
        select(Refund.id)
        .where(Refund.state.in_(sorted(UNDER_WAY)))
        .order_by(Refund.id)
        .limit(BATCH)
    )
    jobs = [NewJob(WATCH, {"payment_id": each}, dedupe_key=watch_key(each)) for each in live]
    jobs += [NewJob(SEND, {"refund_id": each}, dedupe_key=send_key(each)) for each in back]
    if jobs:
        await put_many(session, jobs)
    await session.execute(
        update(Reconciliation)
        .where(
            Reconciliation.state == ReconciliationState.RUNNING,
            Reconciliation.created_at < payments.clock.now() - GIVEN_UP_AFTER,
        )
        .values(state=ReconciliationState.FAILED, ended_at=payments.clock.now(), failure="given_up")
    )


async def reconcile_daily(session: AsyncSession, payload: Payload, *, payments: Payments) -> None:
    """Yesterday's bill, once it was compared, is not fetched again by itself."""
    if payments.provider is None:
        return
    day = payments.provider_today() - timedelta(days=1)
    done = await session.scalar(
        select(func.count())
        .select_from(Reconciliation)
        .where(Reconciliation.day == day, Reconciliation.state == ReconciliationState.DONE)
    )
    paid = await session.scalar(select(func.count()).select_from(Payment).limit(1))
    if not done and paid:
        await put_reconciliation(session, payments, payments.system, day)


HANDLERS: dict[str, Handler] = {
    WATCH: Outside(watch),
    ASK: Outside(ask),
    SEND: Outside(send_refund),
    TELL: Within(tell),
    RECONCILE: Outside(reconcile, limit_s=RECONCILE_LIMIT_S, attempts=4),
    "payments.sweep": Periodic(sweep, every=timedelta(minutes=10)),
    "payments.reconcile_daily": Periodic(reconcile_daily, every=timedelta(hours=1)),
}
