"""Sign-ins of staff: each token names one, its owner sees them and can end any of them.

An ended one is out within a second, everywhere (`access.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Staff, StaffSession
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.platform.pulse import ACCESS, raise_topic
from app.shared.identity.callers import Actor
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.tokens import STAFF_LIFE_S
from app.shared.ledger import Act, write

# How long a sign-in is remembered after its token ran out, in real time.
KEPT = timedelta(days=30)


class SessionState(StrEnum):
    """`ended` by somebody, `expired` by itself."""

    ACTIVE = "active"
    ENDED = "ended"
    EXPIRED = "expired"


# Tokens run on real time, and the database's own is that.
IS_RUNNING = StaffSession.token_until > func.now()
IS_ACTIVE: ColumnElement[bool] = StaffSession.ended_at.is_(None) & IS_RUNNING
_STATE = case(
    (StaffSession.ended_at.is_not(None), literal(SessionState.ENDED.value)),
    (IS_RUNNING, literal(SessionState.ACTIVE.value)),
    else_=literal(SessionState.EXPIRED.value),
)
_NEWEST_FIRST = Keyset(StaffSession.id, descending=True)
_COLUMNS = (
    StaffSession.id,
    StaffSession.address,
    StaffSession.agent,
    _STATE,
    StaffSession.signed_in_at,
    StaffSession.last_seen_at,
    StaffSession.ended_at,
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """`last_seen_at` to the minute."""

    id: UUID
    address: str
    agent: str
    state: SessionState
    signed_in_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None


async def open_session(
    session: AsyncSession, clock: Clock, *, staff_id: UUID, origin: Origin
) -> UUID:
    """A new sign-in, within the caller's transaction, which has locked the account."""
    session_id, now = new_id(), clock.now()
    await session.execute(
        insert(StaffSession).values(
            id=session_id,
            staff_id=staff_id,
            address=origin.address,
            agent=origin.agent,
            signed_in_at=now,
            last_seen_at=now,
            token_until=func.now() + timedelta(seconds=STAFF_LIFE_S),
        )
    )
    return session_id


async def list_sessions(
    sessions: Sessions, *, staff_id: UUID, page: PageRequest, active: bool | None = None
) -> Page[SignIn]:
    """An account's sign-ins, newest first, for `KEPT` after they ran out. Raises `NotFound`."""
    statement = select(*_COLUMNS).where(StaffSession.staff_id == staff_id)
    if active is not None:
        statement = statement.where(IS_ACTIVE if active else ~IS_ACTIVE)
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
        if await session.scalar(select(Staff.id).where(Staff.id == staff_id)) is None:
            raise NotFound()
    return rows.map(_sign_in)


async def end_session(
    sessions: Sessions, clock: Clock, *, actor: Actor, staff_id: UUID, session_id: UUID
) -> SignIn:
    """One sign-in of this account. Raises `NotFound`, `StateConflict` (ended or run out before)."""
    which = StaffSession.id == session_id, StaffSession.staff_id == staff_id
    async with sessions.begin() as session:
        ended = await end_active(session, clock, *which)
        row = (await session.execute(select(*_COLUMNS).where(*which))).one_or_none()
        if row is None:
            raise NotFound()
        if not ended:
            raise StateConflict(state=row[3])
        await raise_topic(session, ACCESS)
        await write(session, [Act(actor, "staff.end_session", "session", session_id)])
    return _sign_in(row)


async def end_sessions(sessions: Sessions, clock: Clock, *, actor: Actor, staff_id: UUID) -> int:
    """All of an account's sign-ins; how many there were. Raises `NotFound`."""
    async with sessions.begin() as session:
        if await session.scalar(select(Staff.id).where(Staff.id == staff_id)) is None:
            raise NotFound()
        ended = await end_active(session, clock, StaffSession.staff_id == staff_id)
        await raise_topic(session, ACCESS)
        await write(session, [Act(actor, "staff.end_sessions", "staff", staff_id)])
    return ended


async def end_active(session: AsyncSession, clock: Clock, *which: ColumnElement[bool]) -> int:
    """End those of them that run, within the caller's transaction; how many.

    Whoever calls raises ACCESS.
    """
    running = select(StaffSession.id).where(IS_ACTIVE, *which)
    # In the order in which they are locked where they are seen (`seen.py`).
    locked = await session.scalars(
        running.order_by(StaffSession.id).with_for_update(key_share=True)
    )
    ended = await session.scalars(
        update(StaffSession)
        .where(StaffSession.id.in_(locked.all()), StaffSession.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(StaffSession.id)
    )
    return len(ended.all())


def _sign_in(row: Sequence[Any]) -> SignIn:
    session_id, address, agent, state, *times = row[: len(_COLUMNS)]
    return SignIn(session_id, address, agent, SessionState(state), *times)
