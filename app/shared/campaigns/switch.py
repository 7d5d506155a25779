"""The kill switch of a pack: staff open and close it, with a reason."""

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign, Pack
from app.models.states import PackKind, PackState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pulse import PACKS, raise_topic
from app.shared.campaigns.current import PackFacts, pack_facts
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
) -> PackFacts:
    """Open or close a pack of the current edition. Closed, it lets nothing new begin; what was
    granted stays usable, and what is under way goes on.

    Once the answer is given it is so, in every process. Raises `NotFound`, `StateConflict`.
    """
    state = MOVES[act]
    async with sessions.begin() as session:
        await once.first(session)
        pack = await _lock(session, kind)
        if pack.state is state:
            raise StateConflict(state=state.value)
        await session.execute(update(Pack).where(Pack.id == pack.id).values(state=state))
        await raise_topic(session, PACKS)
        changes = {"kind": (kind, kind), "state": (pack.state, state)}
        verb = f"campaigns.pack.{act}"
        await write(
            session,
            [Act(actor, verb, "pack", pack.id, changes, at=clock.now(), reason=reason)],
        )
        switched = replace(pack, state=state)
        await once.keep(session, switched)
    return switched


async def _lock(session: AsyncSession, kind: PackKind) -> PackFacts:
    """Waits for whoever holds it open, and whoever wants to waits for us."""
    found = await session.scalar(
        select(Pack)
        .join(Campaign, Campaign.id == Pack.campaign_id)
        .where(Campaign.is_current, Pack.kind == kind)
        .with_for_update(of=Pack)
    )
    if found is None:
        raise NotFound()
    return pack_facts(found)
