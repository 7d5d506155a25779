"""Units of prizes and whose they are: the first time, and each time one is lost again.

Everything follows from the list, the public numbers and the endings so far. Nobody is named by
the caller, so there is no way to.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import DrawAward, DrawEntry
from app.models.states_draws import AwardState
from app.platform.ids import new_id
from app.shared.draws import rules
from app.shared.draws.commitment_rules import whole_numbers
from app.shared.draws.picking_rules import Turn, key_of, turns
from app.shared.draws.queries import AwardFacts, DrawFacts, awards_of, list_of
from app.shared.outbox import NewJob, put_many

EXPIRE, TELL = "draws.expire", "draws.tell"


def outcome(draw: DrawFacts, tickets: int, endings: Sequence[int]) -> list[Turn]:
    """Of a draw whose numbers are there."""
    assert draw.method is not None, "it is frozen"
    assert draw.public_numbers is not None, "it is drawn"
    key = key_of(map(whole_numbers, draw.public_numbers))
    return turns(draw.method, key, tickets, draw.units, endings)


async def award(session: AsyncSession, draw: DrawFacts, now: datetime) -> None:
    """Write down the awards that follow and are not there yet. The draw is locked."""
    listed = await list_of(session, draw.id)
    known = await awards_of(session, draw.id)
    endings = sorted((each for each in known if each.ending), key=lambda each: each.ending or 0)
    seen = {each.turn for each in known}
    due = [
        turn
        for turn in outcome(draw, len(listed), [each.unit for each in endings])
        if turn.pick.number not in seen
    ]
    if not due:
        return
    assert draw.accept_within_h is not None, "an order has no prizes"
    entries = await _entries(session, draw.id, [listed[turn.pick.place - 1] for turn in due])
    accept_before = now + timedelta(hours=draw.accept_within_h)
    ids = [new_id() for _ in due]
    rows = [
        {
            "id": award_id,
            "draw_id": draw.id,
            "prize_id": draw.prizes[rules.prize_of_unit(turn.unit, draw.quantities)].id,
            "entry_id": entries[listed[turn.pick.place - 1]],
            "unit": turn.unit,
            "turn": turn.pick.number,
            "ticket_no": listed[turn.pick.place - 1],
            "state": AwardState.AWARDED,
            "awarded_at": now,
            "accept_before": accept_before,
        }
        for award_id, turn in zip(ids, due, strict=True)
    ]
    await session.execute(insert(DrawAward), rows)
    jobs = [NewJob(TELL, {"award_id": award_id}) for award_id in ids]
    jobs += [NewJob(EXPIRE, {"award_id": award_id}, due_at=accept_before) for award_id in ids]
    await put_many(session, jobs)


async def end_award(
    session: AsyncSession,
    draw: DrawFacts,
    lost: AwardFacts,
    state: AwardState,
    *,
    at: datetime,
    reason: str | None = None,
) -> None:
    """It is lost, and its unit goes to the next of the sequence. The draw is locked."""
    endings = [each.ending or 0 for each in await awards_of(session, draw.id)]
    await session.execute(
        update(DrawAward)
        .where(DrawAward.id == lost.id)
        .values(state=state, ending=max(endings) + 1, ended_at=at, reason=reason)
    )
    await award(session, draw, at)


async def _entries(session: AsyncSession, draw_id: UUID, tickets: Sequence[str]) -> dict[str, UUID]:
    found = await session.execute(
        select(DrawEntry.ticket_no, DrawEntry.id).where(
            DrawEntry.draw_id == draw_id, DrawEntry.ticket_no.in_(tickets)
        )
    )
    return {row.ticket_no: row.id for row in found}
