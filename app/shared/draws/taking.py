"""The turns of all who asked in a fair opening are taken, in the order that was drawn.

So many in a transaction, which also writes which turns were taken. A worker that is killed
midway leaves whole transactions behind, and the next goes on after them. A ticket is its own
claim in the books: whatever happened, it is granted once. What a turn is worth is the pack's.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import DrawEntry, DrawTurn
from app.models.states import PackKind
from app.models.states_draws import TurnOutcome
from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.jobs import Later, Payload
from app.shared.campaigns import PackClosed, hold_open
from app.shared.draws.queries import moment
from app.shared.draws.turns import CrowdTurn, next_turns, write_turns
from app.shared.identity.callers import Actor
from app.shared.outbox import NewJob, put

MOST_AT_ONCE = 500
# How soon it is looked whether a closed pack is open again.
ASK_AGAIN = timedelta(minutes=5)


class Opened(Protocol):
    """What a fair opening opens."""

    @property
    def campaign_id(self) -> UUID: ...
    @property
    def ordered_at(self) -> datetime | None: ...


S = TypeVar("S", bound=Opened)


@dataclass(frozen=True, slots=True)
class Taking(Generic[S]):
    """What a pack says of its turns.

    `turns_job`, `tell_job`: its jobs that take the turns, and tell who had them. `find` answers
    what the draw opens, `lock` takes its row's lock and then its pools', as whoever changes it
    does. `outcomes(session, subject, turns, actor, now)` gives in their order what is asked for,
    and says by the turn's number what came of it; who is not in it has nothing. `open_to_all`
    writes that whoever comes first is served.
    """

    pack: PackKind
    turns_job: str
    tell_job: str
    find: Callable[[AsyncSession, UUID], Awaitable[S]]
    lock: Callable[[AsyncSession, S], Awaitable[object]]
    outcomes: Callable[
        [AsyncSession, S, Sequence[CrowdTurn], Actor, datetime],
        Awaitable[Mapping[int, TurnOutcome]],
    ]
    open_to_all: Callable[[AsyncSession, S, Actor, datetime], Awaitable[None]]


async def take_turns(
    session: AsyncSession,
    taking: Taking[S],
    draw_id: UUID,
    *,
    actor: Actor,
    most: int = MOST_AT_ONCE,
) -> bool:
    """The next turns of the order; whether there are more. After the last one it goes on first
    come first served.

    Raises `PackClosed`: nothing is granted while staff have closed the pack.
    """
    due = await next_turns(session, draw_id, most=most)
    # Behind the draw's lock: whoever was there before us may have ended it.
    subject = await taking.find(session, draw_id)
    if subject.ordered_at is not None:
        return False
    await hold_open(session, subject.campaign_id, taking.pack)
    await taking.lock(session, subject)
    # The books' own time, and behind their locks: whoever comes first afterwards comes later.
    now = await moment(session)
    outcomes = await taking.outcomes(session, subject, due.turns, actor, now)
    await write_turns(
        session,
        draw_id,
        [(turn, outcomes.get(turn.number, TurnOutcome.PASSED)) for turn in due.turns],
        now=now,
    )
    if due.turns:
        span = {"first": due.turns[0].number, "last": due.turns[-1].number}
        await put(session, NewJob(taking.tell_job, {"draw_id": draw_id, **span}))
    if due.are_last:
        await taking.open_to_all(session, subject, actor, now)
    return not due.are_last


async def work_off_turns(
    session: AsyncSession,
    payload: Payload,
    taking: Taking[S],
    *,
    clock: Clock,
    digester: Digester,
) -> None:
    """A pack's job: so many turns at once, and the rest by another. While the pack is closed
    they wait."""
    draw_id, actor = UUID(payload["draw_id"]), Actor.system(taking.pack.value, digester)
    try:
        is_more = await take_turns(session, taking, draw_id, actor=actor)
    except PackClosed as closed:
        raise Later(clock.now() + ASK_AGAIN) from closed
    if is_more:
        await put(session, NewJob(taking.turns_job, {"draw_id": draw_id}))


@dataclass(frozen=True, slots=True)
class TakenTurn:
    """A turn that was taken, and whose it was."""

    number: int
    entry_id: UUID
    member_id: UUID
    outcome: TurnOutcome


async def turns_to_tell(session: AsyncSession, payload: Payload) -> tuple[UUID, list[TakenTurn]]:
    """Of a job that tells what turns came to: the draw, and its turns from the one to the other,
    without those of which nobody knows any more whose they were."""
    draw_id = UUID(payload["draw_id"])
    rows = await session.execute(
        select(DrawTurn.turn, DrawTurn.entry_id, DrawEntry.member_id, DrawTurn.outcome)
        .join(DrawEntry, DrawEntry.id == DrawTurn.entry_id)
        .where(
            DrawTurn.draw_id == draw_id,
            DrawTurn.turn.between(int(payload["first"]), int(payload["last"])),
        )
        .order_by(DrawTurn.turn)
    )
    return draw_id, [
        TakenTurn(number, entry_id, member_id, outcome)
        for number, entry_id, member_id, outcome in rows
        if member_id is not None
    ]
