"""A winner claims the prize, before its deadline."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawAward, DrawEntry
from app.models.states import PackKind
from app.models.states_draws import AwardState
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared.draws import rules
from app.shared.draws.queries import (
    AwardFacts,
    DrawFacts,
    find_draw,
    moment,
    of_pack,
    select_awards,
)
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, write


async def accept_prize(
    sessions: Sessions,
    once: Once,
    *,
    actor: Actor,
    pack: PackKind,
    member_id: UUID,
    award_id: UUID,
) -> tuple[DrawFacts, AwardFacts]:
    """Mine. At the last instant this and the deadline race for the draw's lock, and whichever
    comes first has it. Raises `NotFound`, `DeadlinePassed`, `StateConflict`."""
    mine = (
        select(DrawAward.draw_id)
        .join(DrawEntry, DrawEntry.id == DrawAward.entry_id)
        .join(Draw, Draw.id == DrawAward.draw_id)
        .where(DrawAward.id == award_id, DrawEntry.member_id == member_id, of_pack(pack))
    )
    async with sessions.begin() as session:
        await once.first(session, about=mine)
        draw_id = await session.scalar(mine)
        if draw_id is None:
            raise NotFound()
        draw = await find_draw(session, draw_id, locked=True)
        won, now = await _read(session, award_id), await moment(session)
        refusal = rules.why_not_accepted(won.state, won.accept_before, now)
        if refusal is not None:
            raise refusal
        await session.execute(
            update(DrawAward)
            .where(DrawAward.id == award_id)
            .values(state=AwardState.ACCEPTED, accepted_at=now)
        )
        changes = {"state": (won.state, AwardState.ACCEPTED)}
        await write(session, [Act(actor, "draws.prize.accept", "prize", award_id, changes, at=now)])
        accepted = draw, await _read(session, award_id)
        await once.keep(session, accepted)
    return accepted


async def _read(session: AsyncSession, award_id: UUID) -> AwardFacts:
    row = (await session.execute(select_awards().where(DrawAward.id == award_id))).one()
    return AwardFacts(*row)
