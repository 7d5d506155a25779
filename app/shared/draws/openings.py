"""A fair opening as a pack meets it: made with what it opens, entered within its window.

What somebody asks for is the pack's, and stands in its table by the ticket's id; so is what a
turn is worth (`taking.py`). Nobody is faster than anybody here: the window is long, and the
order of all who asked is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import PackKind
from app.platform.db import Sessions
from app.platform.errors import NotFound, Refusal, Words
from app.shared.approvals import Asked
from app.shared.campaigns import hold_open
from app.shared.draws.commitment_rules import Numbers, shown_time
from app.shared.draws.history import Doer
from app.shared.draws.opening_rules import AskState, FairOpening, Phase, ask_state, check_result
from app.shared.draws.orders import (
    CrowdEntry,
    OrderWords,
    ask_for_turn,
    create_order,
    result_pending,
)
from app.shared.draws.queries import DrawFacts, find_draw
from app.shared.draws.reveal import ask_reveal
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.stock import NotOpen


@dataclass(frozen=True, slots=True)
class NewOpening:
    """What opens: something of a pack, from `opens_at` to `closes_at`, for whose first
    `window_min` one may ask. `closes_field` is what the end is called in a request."""

    pack: PackKind
    source: str
    subject_id: UUID
    title: str
    organiser: str
    conditions: Words
    opens_at: datetime
    closes_at: datetime
    closes_field: str


@dataclass(frozen=True, slots=True)
class Ticketed:
    """Somebody's ticket, and the draw that puts it in order."""

    draw: DrawFacts
    entry: CrowdEntry

    @property
    def state(self) -> AskState:
        return ask_state(self.entry.outcome, is_listed=self.entry.is_listed)


async def open_by_order(
    session: AsyncSession, new: NewOpening, window_min: int | None, *, doer: Doer, now: datetime
) -> UUID | None:
    """The draw that puts those in order who ask in time; None where no window is given, and
    whoever comes first is served. Raises `InputInvalid` (the result comes after the end)."""
    if window_min is None:
        return None
    asks_until = new.opens_at + timedelta(minutes=window_min)
    check_result(asks_until, new.closes_at, new.closes_field)
    words = OrderWords(
        new.title,
        new.title,
        new.organiser,
        conditions=new.conditions.zh,
        conditions_en=new.conditions.en,
    )
    return await create_order(
        session,
        pack=new.pack,
        source=new.source,
        subject_id=new.subject_id,
        words=words,
        window=(new.opens_at, asks_until),
        doer=doer,
        now=now,
    )


async def enter_order(
    session: AsyncSession, fair: FairOpening, *, member: Member, now: datetime
) -> CrowdEntry | None:
    """A ticket, the same however often somebody asks. None: the order is over, and whoever comes
    first has what is left; so it stays, which is why nothing is held meanwhile.

    Raises `NotOpen` (`PackClosed`), `ResultPending`, `AlreadyEntered`.
    """
    refusal = await before_order(session, fair, now)
    if refusal is not None:
        raise refusal
    if fair.ordered_at is not None:
        return None
    await hold_open(session, fair.campaign_id, fair.pack)
    return await ask_for_turn(
        session, fair.draw_id, member_id=member.id, person_id=member.person_id
    )


async def before_order(session: AsyncSession, fair: FairOpening, now: datetime) -> Refusal | None:
    """Why it can neither be asked for nor had by coming first."""
    phase = fair.phase_at(now)
    if phase is Phase.EARLY:
        return NotOpen(opens_at=shown_time(fair.opens_at), server_time=shown_time(now))
    if phase is not Phase.PENDING:
        return None
    return result_pending(await find_draw(session, fair.draw_id), now)


async def ask_order(
    sessions: Sessions,
    once: Once,
    *,
    actor: Actor,
    pack: PackKind,
    fair: FairOpening | None,
    public_numbers: Sequence[Numbers],
    reason: str,
) -> Asked:
    """Enter the number that decides the order, once it is out; approved by somebody else, the
    turns are taken.

    Raises `NotFound` (nothing is drawn), `StateConflict`, `NumbersNotPublished`, `InputInvalid`,
    `ApprovalPending`.
    """
    if fair is None:
        raise NotFound()
    return await ask_reveal(
        sessions,
        once,
        actor=actor,
        pack=pack,
        draw_id=fair.draw_id,
        public_numbers=public_numbers,
        reason=reason,
    )
