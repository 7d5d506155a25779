"""A fair opening: whoever asks within a window has a ticket, and the tickets have an order.

A pack makes one with the thing that it opens (`create_order`), lets members ask and take back
(`ask_for_turn`, `take_back`), and when the order is drawn takes the turns (`turns.py`). In
between nobody does anything that could be chosen: the window closes by the clock, and the number
that decides follows from that (`ordering_rules.py`). Only the number itself is entered by two
people, as every draw's is, because it comes from outside.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawEntry, DrawTurn
from app.models.states import PackKind
from app.models.states_draws import DrawKind, DrawState, TurnOutcome
from app.platform.errors import DeadlinePassed, NotFound, StateConflict
from app.platform.ids import new_id
from app.shared.draws.commitment_rules import canonical, shown_time
from app.shared.draws.entering import new_ticket_no
from app.shared.draws.history import Doer, note
from app.shared.draws.ordering_rules import deciding_round, published_order
from app.shared.draws.queries import DrawFacts, find_draw, moment
from app.shared.draws.refusals import AlreadyEntered, ResultPending
from app.shared.outbox import NewJob, put

CLOSE = "draws.close_order"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OrderWords:
    """What the public reads of it."""

    title: str
    title_en: str
    organiser: str
    conditions: str
    conditions_en: str


@dataclass(frozen=True, slots=True)
class CrowdEntry:
    """Somebody's ticket, and what they had of their turn once it came."""

    id: UUID
    draw_id: UUID
    ticket_no: str
    is_listed: bool
    entered_at: datetime
    turn: int | None = None
    outcome: TurnOutcome | None = None


_ENTRY = (
    DrawEntry.id,
    DrawEntry.draw_id,
    DrawEntry.ticket_no,
    DrawEntry.is_listed,
    DrawEntry.entered_at,
)


async def create_order(
    session: AsyncSession,
    *,
    pack: PackKind,
    source: str,
    subject_id: UUID,
    words: OrderWords,
    window: tuple[datetime, datetime],
    doer: Doer,
    now: datetime,
) -> UUID:
    """Published at once, and not changed from then on; frozen when its window closes."""
    draw_id = new_id()
    text = canonical(published_order(draw_id, source, subject_id, asdict(words), window))
    session.add(
        Draw(
            id=draw_id,
            pack=pack,
            kind=DrawKind.ORDER,
            state=DrawState.OPEN,
            source=source,
            subject_id=subject_id,
            entry_rule={},
            opens_at=window[0],
            closes_at=window[1],
            rules=text,
            created_at=now,
            published_at=now,
            **asdict(words),
        )
    )
    await session.flush()
    await note(session, draw_id, "open", (None, DrawState.OPEN), doer, at=now)
    await put(session, NewJob(CLOSE, {"draw_id": draw_id}, due_at=window[1]))
    return draw_id


async def ask_for_turn(
    session: AsyncSession, draw_id: UUID, *, member_id: UUID, person_id: UUID
) -> CrowdEntry:
    """The person's ticket, the same however often they ask; who took it back has it again.

    The draw is held against its freezing until the caller commits. Raises `ResultPending` (the
    window has closed), `AlreadyEntered` (by another account).
    """
    draw = await _hold(session, draw_id)
    now = await moment(session)
    if draw.state is not DrawState.OPEN or now >= draw.closes_at:
        raise result_pending(draw, now)
    entry = insert(DrawEntry).values(
        id=new_id(),
        draw_id=draw_id,
        member_id=member_id,
        person_id=person_id,
        ticket_no=new_ticket_no(),
        entered_at=now,
    )
    row = (
        await session.execute(
            entry.on_conflict_do_update(
                index_elements=[DrawEntry.draw_id, DrawEntry.person_id],
                set_={"is_listed": True},
                where=DrawEntry.member_id == member_id,
            ).returning(*_ENTRY)
        )
    ).one_or_none()
    if row is None:
        raise AlreadyEntered()
    return CrowdEntry(*row)


async def take_back(session: AsyncSession, draw_id: UUID, *, member_id: UUID) -> CrowdEntry:
    """Raises `NotFound`, `DeadlinePassed`, `StateConflict` (taken back already)."""
    draw = await _hold(session, draw_id)
    entry = await find_entry(session, draw_id, member_id=member_id)
    if entry is None:
        raise NotFound()
    if draw.state is not DrawState.OPEN or await moment(session) >= draw.closes_at:
        raise DeadlinePassed(deadline_at=shown_time(draw.closes_at))
    row = (
        await session.execute(
            update(DrawEntry)
            .where(DrawEntry.id == entry.id, DrawEntry.is_listed)
            .values(is_listed=False)
            .returning(*_ENTRY)
        )
    ).one_or_none()
    if row is None:
        raise StateConflict(state=WITHDRAWN)
    return CrowdEntry(*row)


async def find_entry(session: AsyncSession, draw_id: UUID, *, member_id: UUID) -> CrowdEntry | None:
    """An account's own."""
    return (await find_entries(session, [draw_id], member_id=member_id)).get(draw_id)


async def find_entries(
    session: AsyncSession, draw_ids: Collection[UUID], *, member_id: UUID
) -> dict[UUID, CrowdEntry]:
    """An account's own, by draw."""
    rows = await session.execute(
        select(*_ENTRY, DrawTurn.turn, DrawTurn.outcome)
        .outerjoin(DrawTurn, DrawTurn.entry_id == DrawEntry.id)
        .where(DrawEntry.draw_id.in_(draw_ids), DrawEntry.member_id == member_id)
    )
    return {row.draw_id: CrowdEntry(*row) for row in rows}


def result_at(draw: DrawFacts) -> datetime:
    """When the number comes out that decides, or is to come out."""
    if draw.sources is not None:
        return draw.named[0].published_at
    return deciding_round(draw.closes_at).published_at


def result_pending(draw: DrawFacts, now: datetime) -> ResultPending:
    """With the server's own time, by which a countdown is set right."""
    return ResultPending(result_at=shown_time(result_at(draw)), server_time=shown_time(now))


async def _hold(session: AsyncSession, draw_id: UUID) -> DrawFacts:
    """Against its freezing, and beside all others who ask."""
    await session.execute(select(Draw.id).where(Draw.id == draw_id).with_for_update(read=True))
    return await find_draw(session, draw_id)
