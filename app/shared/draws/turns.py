"""The order of a crowd, once it is drawn: whose turn it is, and what became of it.

A pack takes so many turns in a transaction and writes down what each had (`write_turns`). The
draw's row is locked meanwhile, a turn is written once, and the next are those behind the last
that was written: whoever was killed midway is followed by whoever comes next, at the same place.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import DrawEntry, DrawTurn
from app.models.states_draws import DrawState, TurnOutcome
from app.shared.draws.commitment_rules import whole_numbers
from app.shared.draws.picking_rules import Pick, key_of, picks
from app.shared.draws.queries import DrawFacts, find_draw, list_of


@dataclass(frozen=True, slots=True)
class CrowdTurn:
    """Whose turn it is; nobody's (None) where it has been forgotten whose the ticket was."""

    number: int
    entry_id: UUID
    member_id: UUID | None
    person_id: UUID | None
    ticket_no: str


@dataclass(frozen=True, slots=True)
class Due:
    """The next turns, and whether they are the last."""

    turns: Sequence[CrowdTurn]
    are_last: bool


async def next_turns(session: AsyncSession, draw_id: UUID, *, most: int) -> Due:
    """So many turns that nobody has taken, in their order. The draw is locked by it."""
    draw = await find_draw(session, draw_id, locked=True)
    if not draw.entrants_count:
        return Due((), are_last=True)
    assert draw.state is DrawState.DRAWN, "turns are taken once the order is drawn"
    done = await _last_turn(session, draw_id)
    listed = await list_of(session, draw_id)
    due = await asyncio.to_thread(_picked, draw, len(listed), done, most)
    tickets = {listed[pick.place - 1]: pick.number for pick in due}
    rows = await session.execute(
        select(DrawEntry.id, DrawEntry.member_id, DrawEntry.person_id, DrawEntry.ticket_no).where(
            DrawEntry.draw_id == draw_id, DrawEntry.ticket_no.in_(tickets)
        )
    )
    turns = [CrowdTurn(tickets[row.ticket_no], *row) for row in rows]
    turns.sort(key=lambda each: each.number)
    return Due(turns, are_last=done + len(turns) == len(listed))


async def write_turns(
    session: AsyncSession,
    draw_id: UUID,
    outcomes: Sequence[tuple[CrowdTurn, TurnOutcome]],
    *,
    now: datetime,
) -> None:
    if outcomes:
        await session.execute(
            insert(DrawTurn),
            [
                {
                    "draw_id": draw_id,
                    "turn": turn.number,
                    "entry_id": turn.entry_id,
                    "outcome": outcome,
                    "at": now,
                }
                for turn, outcome in outcomes
            ],
        )


def order_of(draw: DrawFacts, listed: Sequence[str]) -> list[str]:
    """The whole order, by ticket numbers. Work for the processor where the list is long."""
    return [listed[pick.place - 1] for pick in _picked(draw, len(listed), 0, len(listed))]


async def turns_of(session: AsyncSession, draw_id: UUID) -> list[tuple[int, str]]:
    """Turns that were taken, with their tickets."""
    rows = await session.execute(
        select(DrawTurn.turn, DrawEntry.ticket_no)
        .join(DrawEntry, DrawEntry.id == DrawTurn.entry_id)
        .where(DrawTurn.draw_id == draw_id)
        .order_by(DrawTurn.turn)
    )
    return [(row.turn, row.ticket_no) for row in rows]


def _picked(draw: DrawFacts, tickets: int, done: int, most: int) -> list[Pick]:
    assert draw.method is not None, "it is frozen"
    assert draw.public_numbers is not None, "it is drawn"
    key = key_of(map(whole_numbers, draw.public_numbers))
    return list(islice(picks(draw.method, key, tickets), done, done + most))


async def _last_turn(session: AsyncSession, draw_id: UUID) -> int:
    last = await session.scalar(select(func.max(DrawTurn.turn)).where(DrawTurn.draw_id == draw_id))
    return last or 0
