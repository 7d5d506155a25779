"""The kill switch of a pack: staff open and close it, with a reason."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign, Pack
from app.models.states import CampaignState, PackKind, PackState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pulse import PACKS, raise_topic
from app.shared.campaigns.current import PackFacts, pack_facts
from app.shared.campaigns.history import Move, history_row
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write

# act → the state that it leads to.
MOVES = {"open": PackState.OPEN, "close": PackState.CLOSED}


async def switch_pack(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    kind: PackKind,
    act: str,
    reason: str,
    campaign_id: UUID | None = None,
) -> PackFacts:
    """Open or close a pack of an edition (the current one). Closed, it lets nothing new begin;
    what was granted stays usable, and what is under way goes on.

    Once the answer is given it is so, in every process. Raises `NotFound`, `StateConflict` (as
    it is already; to open one of an edition that is not open).
    """
    state = MOVES[act]
    async with sessions.begin() as session:
        await once.first(session)
        campaign = await _hold(session, campaign_id)
        if state is PackState.OPEN and campaign.state is not CampaignState.OPEN:
            raise StateConflict(state=campaign.state.value)
        pack = await _lock(session, campaign.id, kind)
        if pack.state is state:
            raise StateConflict(state=state.value)
        await session.execute(update(Pack).where(Pack.id == pack.id).values(state=state))
        await raise_topic(session, PACKS)
        changes = {"kind": (kind, kind), "state": (pack.state, state)}
        verb, now = f"campaigns.pack.{act}", clock.now()
        move = Move(act, pack.state, state, reason, kind)
        session.add(history_row(campaign.id, move, at=now, actor=actor))
        await write(
            session,
            [Act(actor, verb, "pack", pack.id, changes, at=now, reason=reason)],
        )
        switched = replace(pack, state=state)
        await once.keep(session, switched)
    return switched


async def _hold(session: AsyncSession, campaign_id: UUID | None) -> Campaign:
    """It stays open, or not, until this transaction ends. Before any of its packs."""
    this = Campaign.is_current if campaign_id is None else Campaign.id == campaign_id
    while await session.scalar(select(Campaign.id).where(this)) is not None:
        found = await session.scalar(select(Campaign).where(this).with_for_update(read=True))
        if found is not None:
            return found
        # Another became the current one while we waited for this one's row.
    raise NotFound()


async def _lock(session: AsyncSession, campaign_id: UUID, kind: PackKind) -> PackFacts:
    """Waits for whoever holds it open, and whoever wants to waits for us."""
    found = await session.scalar(
        select(Pack).where(Pack.campaign_id == campaign_id, Pack.kind == kind).with_for_update()
    )
    if found is None:
        raise NotFound()
    return pack_facts(found)
