"""Two years after a draw it is forgotten whose each ticket was; the proof stays.

So long the rules on sales promotion keep a draw's file: who entered, who won, who was kept out.
After that nobody need know it, and personal data that nobody needs goes (Personal Information
Protection Law, articles 19 and 47). What was promised to the public names nobody and is what the
promise is checked by, so it is not part of that: rules, ticket numbers, sources, winners. When it
may be forgotten the trigger decides (`draw_guard`); nothing else can take a name off a list.
"""

from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawEntry, DrawExclusion
from app.models.states_draws import DrawState
from app.platform.crypto import Digester
from app.platform.jobs import Payload
from app.shared.draws.history import Doer, note
from app.shared.draws.queries import find_draw, moment
from app.shared.draws.settling import SYSTEM
from app.shared.ledger import Actor

BATCH = 1_000


async def forget(session: AsyncSession, payload: Payload, *, digester: Digester) -> bool:
    """Tickets of the oldest draw that is due; whether there may be more."""
    return await forget_some(session, Doer(Actor.system(SYSTEM, digester)), most=BATCH)


async def forget_some(session: AsyncSession, doer: Doer, *, most: int) -> bool:
    """At most so many at once; with the last ones also who was kept out."""
    draw_id = await _due(session)
    if draw_id is None:
        return False
    known = (
        select(DrawEntry.id)
        .where(DrawEntry.draw_id == draw_id, DrawEntry.member_id.is_not(None))
        .limit(most)
    )
    forgotten = await session.scalars(
        update(DrawEntry)
        .where(DrawEntry.id.in_(known))
        .values(member_id=None, person_id=None)
        .returning(DrawEntry.id)
    )
    if len(forgotten.all()) < most:
        await session.execute(delete(DrawExclusion).where(DrawExclusion.draw_id == draw_id))
        draw, now = await find_draw(session, draw_id), await moment(session)
        await note(session, draw_id, "forget", (draw.state, draw.state), doer, at=now)
    return True


async def _due(session: AsyncSession) -> UUID | None:
    """One whose time is over and of which somebody is still known. One that was never drawn
    is two years old from the end of its entries."""
    of_this = DrawEntry.draw_id == Draw.id, DrawEntry.member_id.is_not(None)
    ended = func.coalesce(Draw.drawn_at, Draw.closes_at)
    found: UUID | None = await session.scalar(
        select(Draw.id)
        .where(
            Draw.state != DrawState.DRAFT,
            ended + text("interval '2 years'") <= func.campaign_now(),
            or_(exists().where(*of_this), exists().where(DrawExclusion.draw_id == Draw.id)),
        )
        .order_by(ended, Draw.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found
