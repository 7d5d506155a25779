"""Plan a talk, and show one."""

from datetime import datetime
from uuid import UUID

from app.models.seats import Talk
from app.models.states import PoolState
from app.packs.seats import queries
from app.packs.seats.queries import TalkFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, made, write
from app.shared.stock import create_pool

POOL_KIND = "seats"


async def create_talk(
    sessions: Sessions, clock: Clock, *, actor: Actor, title: str, seats: int, starts_at: datetime
) -> UUID:
    """A talk whose seats can be claimed from now until it starts, one a person."""
    talk_id = new_id()
    async with sessions.begin() as session:
        pool_id = await create_pool(
            session,
            group=f"{POOL_KIND}:{talk_id}",
            kind=POOL_KIND,
            owner_id=talk_id,
            total=seats,
            opens_at=clock.now(),
            closes_at=starts_at,
            per_person_total=1,
            state=PoolState.RUNNING,
        )
        session.add(Talk(id=talk_id, pool_id=pool_id, title=title, starts_at=starts_at))
        changes = made(title=title, seats=seats, starts_at=starts_at)
        await write(session, [Act(actor, "seats.talk.create", "talk", talk_id, changes)])
    return talk_id


async def find_talk(sessions: Sessions, talk_id: UUID) -> TalkFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        talk = await queries.find_talk(session, talk_id)
    if talk is None:
        raise NotFound()
    return talk
