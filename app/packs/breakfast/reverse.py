"""Undo a redemption: the voucher is issued again, or reads as expired if its time is over."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Redemption
from app.models.states import RedemptionState, VoucherState
from app.packs.breakfast import redemption_queries as queries
from app.packs.breakfast import redemption_rules as rules
from app.packs.breakfast.calling_store import find_calling_store
from app.packs.breakfast.presented import RedemptionFacts
from app.packs.breakfast.redemption_refusals import RedemptionUnknown
from app.packs.breakfast.rules import VOUCHER_MOVES
from app.packs.breakfast.voucher_acts import voucher_act
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Districts, Till
from app.shared.identity.districts import store_within
from app.shared.ledger import write


@dataclass(frozen=True, slots=True)
class Reversal:
    """A reversed redemption; `flagged` once its voucher was reversed suspiciously often."""

    redemption: RedemptionFacts
    reversals_count: int
    flagged: bool


async def reverse(
    sessions: Sessions,
    clock: Clock,
    *,
    till: Till,
    actor: Actor,
    redemption_no: str,
    reason: str,
    store_no: str | None = None,
) -> RedemptionFacts:
    """The store's own undo: within 24 h of redeeming, at most ten times a voucher.

    Raises `Forbidden`, `RedemptionUnknown`, `AlreadyReversed`, `ReversalWindowOver`,
    `TooManyReversals`.
    """
    async with sessions.begin() as session:
        store_id = await find_calling_store(session, till, store_no)
        found = await queries.lock_redemption(
            session,
            (Redemption.store_id == store_id) & (Redemption.redemption_no == redemption_no),
        )
        if found is None:
            raise RedemptionUnknown()
        redemption, count = found
        now = clock.now()
        refusal = rules.reversal_refusal(redemption, count, now)
        if refusal is not None:
            raise refusal
        return await undo(session, redemption, at=now, actor=actor, reason=reason)


async def reverse_by_staff(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    redemption_id: UUID,
    reason: str,
    districts: Districts = None,
) -> Reversal:
    """Staff's undo, for what the store may no longer undo itself: no window, no limit.

    `districts` are the caller's. Raises `NotFound`, `StateConflict` when it was reversed before.
    """
    async with sessions.begin() as session:
        this = (Redemption.id == redemption_id) & store_within(districts, Redemption.store_id)
        await once.first(session, about=select(Redemption.id).where(this))
        found = await queries.lock_redemption(session, this)
        if found is None:
            raise NotFound()
        redemption, count = found
        if redemption.state is RedemptionState.REVERSED:
            raise StateConflict(state=redemption.state)
        undone = await undo(session, redemption, at=clock.now(), actor=actor, reason=reason)
        flagged = count + 1 >= rules.REVERSAL_FLAG and not undone.test
        reversal = Reversal(undone, count + 1, flagged)
        await once.keep(session, reversal)
    return reversal


async def undo(
    session: AsyncSession, redemption: RedemptionFacts, *, at: datetime, actor: Actor, reason: str
) -> RedemptionFacts:
    """Within the caller's transaction, on a redemption that it has locked."""
    undone = replace(
        redemption, state=RedemptionState.REVERSED, reversed_at=at, reversal_reason=reason
    )
    await queries.undo(session, undone, at=at, actor=actor)
    states = (VoucherState.REDEEMED, VOUCHER_MOVES[VoucherState.REDEEMED][queries.REVERSE])
    await write(
        session,
        [voucher_act(actor, queries.REVERSE, redemption.voucher_id, states, at=at, reason=reason)],
    )
    return undone
