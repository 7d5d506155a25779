"""Whether an edition runs: opened, ended, made the current one."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign, Pack
from app.models.states import CampaignState, PackKind, PackState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pulse import PACKS, raise_topic
from app.shared.campaigns.current import CampaignFacts, find_campaign
from app.shared.campaigns.history import Move, history_row
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write

# state → {act: next state}. What was ended by mistake is opened again.
MOVES = {
    CampaignState.DRAFT: {"open": CampaignState.OPEN},
    CampaignState.OPEN: {"end": CampaignState.ENDED},
    CampaignState.ENDED: {"open": CampaignState.OPEN},
}


async def move_campaign(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    campaign_id: UUID,
    act: str,
    reason: str,
    packs: Collection[PackKind] | None = None,
) -> CampaignFacts:
    """`open` it with these packs open (all; those that are open stay so), or `end` it, which
    closes every pack of it.

    Once "ended" has been answered nothing new begins in it, in any process; what was granted
    stays usable, and what is under way goes on. Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Campaign.id).where(Campaign.id == campaign_id))
        row = await _lock(session, campaign_id)
        state, was = MOVES[row.state].get(act), row.state
        if state is None:
            raise StateConflict(state=row.state.value)
        row.state, row.version = state, row.version + 1
        await session.flush()
        if state is CampaignState.OPEN:
            await _switch(session, campaign_id, PackState.OPEN, packs)
        else:
            await _switch(session, campaign_id, PackState.CLOSED, None)
        fields: dict[str, tuple[object, object]] = {"state": (was, state)}
        if packs is not None:
            fields["packs"] = (None, sorted(packs))
        return await _done(
            session, clock, once, actor, campaign_id, Move(act, was, state, reason), fields
        )


async def make_current(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    campaign_id: UUID,
    reason: str,
) -> CampaignFacts:
    """The edition that is meant where none is named. Nothing else changes of it, or of the one
    that was. Raises `NotFound`, `StateConflict` (it is so already, or it is not open)."""
    async with sessions.begin() as session:
        await once.first(session, about=select(Campaign.id).where(Campaign.id == campaign_id))
        # All of them, so that two who choose differently come one after the other.
        rows = await session.scalars(
            select(Campaign).order_by(Campaign.id).with_for_update(key_share=True)
        )
        found = {row.id: row for row in rows}
        if campaign_id not in found:
            raise NotFound()
        state = found[campaign_id].state
        if found[campaign_id].is_current or state is not CampaignState.OPEN:
            raise StateConflict(state="current" if state is CampaignState.OPEN else state.value)
        # The old one first: at no moment are there two.
        for this, is_current in ((Campaign.is_current, False), (Campaign.id == campaign_id, True)):
            await session.execute(
                update(Campaign)
                .where(this)
                .values(is_current=is_current, version=Campaign.version + 1)
                .execution_options(synchronize_session=False)
            )
        move = Move("make_current", state, state, reason)
        fields: dict[str, tuple[object, object]] = {"is_current": (False, True)}
        return await _done(session, clock, once, actor, campaign_id, move, fields)


async def _done(
    session: AsyncSession,
    clock: Clock,
    once: Once,
    actor: Actor,
    campaign_id: UUID,
    move: Move,
    fields: dict[str, tuple[object, object]],
) -> CampaignFacts:
    """Keep the move, tell every process, answer the edition as it now is."""
    now = clock.now()
    await raise_topic(session, PACKS)
    session.add(history_row(campaign_id, move, at=now, actor=actor))
    verb = f"campaigns.campaign.{move.act}"
    act = Act(actor, verb, "campaign", campaign_id, fields, at=now, reason=move.reason)
    await write(session, [act])
    session.expire_all()
    moved = await find_campaign(session, campaign_id)
    await once.keep(session, moved)
    return moved


async def _lock(session: AsyncSession, campaign_id: UUID) -> Campaign:
    """Before any of its packs. Raises `NotFound`."""
    row = await session.scalar(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    )
    if row is None:
        raise NotFound()
    return row


async def _switch(
    session: AsyncSession,
    campaign_id: UUID,
    state: PackState,
    kinds: Collection[PackKind] | None,
) -> None:
    """Waits for whoever holds one open: an UPDATE by itself would pass them by."""
    these = [Pack.campaign_id == campaign_id]
    if kinds is not None:
        these.append(Pack.kind.in_(kinds))
    ids = await session.scalars(select(Pack.id).where(*these).order_by(Pack.id).with_for_update())
    await session.execute(
        update(Pack)
        .where(Pack.id.in_(ids.all()))
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
