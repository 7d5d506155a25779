"""A voucher that two tills took: staff decide which of the two scans is the redemption."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Dispute, Redemption
from app.models.states import (
    DisputeDecision,
    DisputeState,
    RedemptionState,
    VoucherState,
)
from app.packs.breakfast import counter_records, redemption_queries
from app.packs.breakfast import dispute_queries as queries
from app.packs.breakfast.calling_store import find_calling_store
from app.packs.breakfast.dispute_queries import DisputeFacts
from app.packs.breakfast.presented import Presentation, RedemptionFacts, Scan
from app.packs.breakfast.reverse import undo
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.counter import Upload
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Districts, Till
from app.shared.ledger import Act, changed, write


async def list_disputes(
    sessions: Sessions,
    *,
    page: PageRequest,
    districts: Districts = None,
    state: DisputeState | None = None,
) -> Page[DisputeFacts]:
    """Disputes between stores in the caller's districts, newest first."""
    statement = queries.select_disputes().where(queries.between_stores_of(districts))
    if state is not None:
        statement = statement.where(Dispute.state == state)
    async with sessions() as session:
        rows = await queries.NEWEST_FIRST.page(session, statement, page)
    return rows.map(queries.dispute_facts)


async def list_own_disputes(
    sessions: Sessions, *, till: Till, page: PageRequest, store_no: str | None = None
) -> Page[DisputeFacts]:
    """Those in which this store made either scan. Raises `Forbidden`, `InputInvalid`."""
    async with sessions() as session:
        store_id = await find_calling_store(session, till, store_no)
        statement = queries.select_disputes().where(queries.of_store(store_id))
        rows = await queries.NEWEST_FIRST.page(session, statement, page)
    return rows.map(queries.dispute_facts)


async def find_dispute(
    sessions: Sessions, *, dispute_id: UUID, districts: Districts = None
) -> DisputeFacts:
    """One dispute. Raises `NotFound`."""
    async with sessions() as session:
        found = await queries.find_dispute(session, dispute_id, districts)
    if found is None:
        raise NotFound()
    return found


async def decide(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    dispute_id: UUID,
    decision: DisputeDecision,
    reason: str,
    districts: Districts = None,
) -> DisputeFacts:
    """Which scan stands, for good.

    `second_stands`: the first redemption is reversed and the second takes its place, under
    its own number and time. `both_paid`: the first stands and the second store, which could
    not know, is owed the face value too. Raises `NotFound`, `StateConflict`: decided before,
    or the voucher has moved on since (void, or redeemed a third time).
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Dispute.id).where(Dispute.id == dispute_id))
        found = await queries.lock_dispute(session, dispute_id, districts)
        if found is None:
            raise NotFound()
        dispute, voucher_state = found
        if dispute.state is DisputeState.DECIDED:
            raise StateConflict(state=dispute.state)
        now, second_id, owed = clock.now(), None, 0
        if decision is DisputeDecision.SECOND_STANDS:
            second_id = await _put_second_in_place(
                session, dispute, voucher_state, at=now, actor=actor, reason=reason
            )
        if decision is DisputeDecision.BOTH_PAID:
            owed = dispute.face_value_fen
        await queries.write_decision(
            session,
            dispute_id,
            decision=decision,
            compensation_fen=owed,
            reason=reason,
            at=now,
            actor=actor,
            second_redemption_id=second_id,
        )
        decided = await queries.find_dispute(session, dispute_id)
        assert decided is not None, "it was locked above"
        await write(session, [_decision(actor, dispute, decided, at=now)])
        await once.keep(session, decided)
    return decided


async def _put_second_in_place(
    session: AsyncSession,
    dispute: DisputeFacts,
    voucher_state: VoucherState,
    *,
    at: datetime,
    actor: Actor,
    reason: str,
) -> UUID:
    if voucher_state is VoucherState.VOID:
        raise StateConflict(state=voucher_state)
    second = dispute.second
    own = await redemption_queries.find_redemption(session, second.store_id, second.redemption_no)
    if own is not None:
        # It was sent again after the first had been reversed, and redeemed like any other.
        if own.state is RedemptionState.REVERSED:
            raise StateConflict(state=own.state)
        return own.id
    if voucher_state is VoucherState.REDEEMED:
        if dispute.first_state is RedemptionState.REVERSED:
            raise StateConflict(state=voucher_state)
        first = await redemption_queries.lock_redemption(
            session, Redemption.id == dispute.first_redemption_id
        )
        assert first is not None, "redemptions are never deleted"
        await undo(session, first[0], at=at, actor=actor, reason=reason)
    return await _record(session, dispute, at=at, actor=actor)


async def _record(
    session: AsyncSession, dispute: DisputeFacts, *, at: datetime, actor: Actor
) -> UUID:
    second = dispute.second
    assert second.sent_at is not None, "only uploaded scans are disputed"
    presented = Presentation(
        till=Till(second.device_id, second.store_id, None),
        store_no=None,
        redemption_no=second.redemption_no,
        scan=Scan(second.input),
        arrived=second.received_at,
        device_at=second.device_at,
        upload=Upload(second.sent_at, second.device_seq),
        actor=actor,
    )
    facts = RedemptionFacts(
        id=new_id(),
        redemption_no=second.redemption_no,
        voucher_id=dispute.voucher_id,
        face_value_fen=dispute.face_value_fen,
        input=second.input,
        state=RedemptionState.REDEEMED,
        redeemed_at=second.redeemed_at,
    )
    redemption = counter_records.Redemption(presented, second.store_id, facts, moved_at=at)
    recorded = await counter_records.record_redemptions(session, [redemption])
    assert recorded, "the voucher is locked and issued"
    return facts.id


def _decision(actor: Actor, before: DisputeFacts, after: DisputeFacts, *, at: datetime) -> Act:
    fields = ("state", "decision", "compensation_fen", "second_redemption_id")
    changes = changed(
        {name: getattr(before, name) for name in fields},
        {name: getattr(after, name) for name in fields},
    )
    return Act(
        actor,
        "breakfast.dispute.decide",
        "dispute",
        after.id,
        changes,
        at=at,
        reason=after.reason,
    )
