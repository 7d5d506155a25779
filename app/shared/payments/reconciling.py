"""A day's bill of the provider compared with our rows, by a worker, with its progress to be seen.

It may be begun again after its worker died: comparing changes nothing, and a difference that is
open is opened once.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment, Reconciliation, Refund
from app.models.states_of_payments import (
    DifferenceKind,
    MoneyFlow,
    ReconciliationState,
    RefundState,
)
from app.platform.clock import SHANGHAI
from app.platform.db import Sessions
from app.platform.errors import StateConflict
from app.platform.ids import new_id
from app.platform.jobs import Payload
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, made, write
from app.shared.outbox import NewJob, put
from app.shared.payments.comparing import Differing, compare
from app.shared.payments.events import open_difference
from app.shared.payments.provider import Bill, ProviderRefused, ProviderUnavailable
from app.shared.payments.refunding import SEND, send_key
from app.shared.payments.refusals import BillNotReady
from app.shared.payments.room import Payments

RECONCILE, ASK = "payments.reconcile", "payments.ask"
LINES_AT_ONCE = 500
# The provider has a day's bill at ten the next morning, and is given an hour more.
READY_AT = time(11)


async def start_reconciliation(
    sessions: Sessions, payments: Payments, once: Once, *, actor: Actor, day: date
) -> Reconciliation:
    """Have the bill of that day compared. Raises `BillNotReady`, `StateConflict` (it is being
    done just now)."""
    async with sessions.begin() as session:
        await once.first(session)
        if day > payments.provider_today():
            raise BillNotReady()
        found = await put_reconciliation(session, payments, actor, day)
        if found is None:
            raise StateConflict(state=ReconciliationState.RUNNING)
        await once.keep(session, found)
    return found


async def put_reconciliation(
    session: AsyncSession, payments: Payments, actor: Actor, day: date
) -> Reconciliation | None:
    """None where that day's is under way."""
    reconciliation_id, now = new_id(), payments.clock.now()
    made_id = await session.scalar(
        insert(Reconciliation)
        .values(
            id=reconciliation_id,
            day=day,
            state=ReconciliationState.RUNNING,
            asked_by=actor.name,
            created_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=[Reconciliation.day], index_where=text("state = 'running'")
        )
        .returning(Reconciliation.id)
    )
    if made_id is None:
        return None
    changes = made(day=day)
    act = Act(actor, "reconciliation.run", "reconciliation", reconciliation_id, changes, at=now)
    await write(session, [act])
    await put(session, NewJob(RECONCILE, {"reconciliation_id": reconciliation_id}))
    return await session.get_one(Reconciliation, reconciliation_id)


async def reconcile(
    job_id: UUID, payload: Payload, *, sessions: Sessions, payments: Payments
) -> None:
    """Fetch the bill and compare it. What cannot be had ends the run as failed, with the code."""
    reconciliation_id = UUID(payload["reconciliation_id"])
    async with sessions() as session:
        run = await session.get_one(Reconciliation, reconciliation_id)
    if run.state is not ReconciliationState.RUNNING:
        return
    try:
        bill = await _bill(payments, run.day)
    except (ProviderUnavailable, ProviderRefused) as error:
        await _end(sessions, payments, run.id, ReconciliationState.FAILED, failure=error.code)
        return
    await _note(sessions, run.id, lines_total=len(bill.lines), lines_done=0)
    count = 0
    for start in range(0, len(bill.lines), LINES_AT_ONCE):
        lines = bill.lines[start : start + LINES_AT_ONCE]
        async with sessions.begin() as session:
            found = await compare(session, lines)
            count += await _open(session, payments, run.id, found)
        await _note(sessions, run.id, lines_done=start + len(lines))
    async with sessions.begin() as session:
        # In this order: what is heard of in between is then missing there, and never in our sums
        # alone.
        sums = await _sums(session, run.day, bill)
        missing = await _missing_there(session, run.day, bill)
        count += await _open(session, payments, run.id, missing)
    await _end(
        sessions,
        payments,
        run.id,
        ReconciliationState.DONE,
        bill_sha1=bill.sha1,
        differences_count=count,
        **sums,
    )


async def _bill(payments: Payments, day: date) -> Bill:
    """That there is none means that nothing was paid, but only once it would be there."""
    provider = payments.provider
    if provider is None:
        raise ProviderUnavailable("no_provider")
    bill = await provider.bill(day)
    if bill is not None:
        return bill
    ready = datetime.combine(day + timedelta(days=1), READY_AT, SHANGHAI)
    if payments.in_provider_time(payments.clock.now()) < ready:
        raise ProviderUnavailable("bill_not_ready")
    return Bill("", ())


async def _missing_there(session: AsyncSession, day: date, bill: Bill) -> list[Differing]:
    """Ours of that day that the bill does not have."""
    theirs = {line.back_number or line.number for line in bill.lines}
    paid = await session.execute(
        select(Payment.id, Payment.number, Payment.received_fen, Payment.state).where(
            Payment.bill_day == day
        )
    )
    back = await session.execute(
        select(Refund.id, Refund.number, Refund.amount_fen, Refund.state, Refund.payment_id).where(
            Refund.bill_day == day
        )
    )
    missing, kind = [], DifferenceKind.MISSING_THERE
    for payment in paid:
        if payment.number not in theirs:
            facts = {
                "payment_id": payment.id,
                "our_fen": payment.received_fen,
                "our_state": payment.state,
            }
            missing.append(Differing(kind, MoneyFlow.PAYMENT, payment.number, facts))
    for refund in back:
        if refund.number not in theirs:
            facts = {
                "refund_id": refund.id,
                "payment_id": refund.payment_id,
                "our_fen": refund.amount_fen,
                "our_state": refund.state,
            }
            missing.append(Differing(kind, MoneyFlow.REFUND, refund.number, facts))
    return missing


async def _open(
    session: AsyncSession, payments: Payments, run_id: UUID, found: list[Differing]
) -> int:
    """How many there are, new or known. Where we may only be behind, the provider is asked."""
    for each in found:
        await open_difference(
            session,
            each.kind,
            each.flow,
            each.number,
            reconciliation_id=run_id,
            found_at=payments.clock.now(),
            **each.facts,
        )
        if each.kind is DifferenceKind.STATE_DIFFERS:
            await put(session, _asking(each))
    return len(found)


def _asking(each: Differing) -> NewJob:
    if each.flow is MoneyFlow.REFUND:
        refund_id = each.facts["refund_id"]
        return NewJob(SEND, {"refund_id": refund_id}, dedupe_key=send_key(refund_id))
    payment_id = each.facts["payment_id"]
    return NewJob(ASK, {"payment_id": payment_id}, dedupe_key=f"payments:ask:{payment_id}")


async def _sums(session: AsyncSession, day: date, bill: Bill) -> dict[str, int]:
    paid = await session.scalar(
        select(func.coalesce(func.sum(Payment.received_fen), 0)).where(Payment.bill_day == day)
    )
    back = await session.scalar(
        select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(
            Refund.bill_day == day, Refund.state != RefundState.CLOSED
        )
    )
    kept = (line for line in bill.lines if line.back_state != "CLOSED")
    return {
        "their_paid_fen": sum(line.paid_fen for line in bill.lines),
        "their_refunded_fen": sum(line.back_fen for line in kept),
        "our_paid_fen": int(paid or 0),
        "our_refunded_fen": int(back or 0),
    }


async def _note(sessions: Sessions, run_id: UUID, **values: int) -> None:
    async with sessions.begin() as session:
        await session.execute(
            update(Reconciliation).where(Reconciliation.id == run_id).values(**values)
        )


async def _end(
    sessions: Sessions,
    payments: Payments,
    run_id: UUID,
    state: ReconciliationState,
    **values: str | int,
) -> None:
    async with sessions.begin() as session:
        await session.execute(
            update(Reconciliation)
            .where(Reconciliation.id == run_id, Reconciliation.state == ReconciliationState.RUNNING)
            .values(state=state, ended_at=payments.clock.now(), **values)
        )
