"""Who is at which job: taken under a lease, ended by whoever holds the newest.

A lease is taken in a transaction of its own, so an attempt counts even if it kills its
worker. It ends by itself: a database effect's after the back-off alone, because the row
lock of the transaction that does it keeps others away as long as it lives; an outside
effect's not before the attempt's time limit is over. All times here are the database's,
and real.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Update,
    case,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.outbox import LIVE, Job
from app.models.states import JobState
from app.platform.jobs import Handler, Outside, Payload

# Pauses double from the first to the longest; each is cut by chance to half at most, so that
# jobs that failed together, or died together, do not come back together.
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 3_600.0
# How long after its time limit an outside effect may still be on its way.
GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The `attempt`th of a job, from 1."""

    id: UUID
    kind: str
    payload: Payload
    attempt: int


async def take(
    session: AsyncSession, handlers: Mapping[str, Handler], most: int, *, by: datetime | None = None
) -> list[Lease]:
    """Lease up to `most` jobs of these kinds that are due and not waiting, the first due first.

    Rows that another worker is taking or doing are passed over, and those that are due later than
    `by`: whoever takes them has not heard yet that time was moved, and would find nothing to do.
    """
    ready = (
        select(Job.id)
        .where(
            text(LIVE),
            Job.kind.in_(list(handlers)),
            # As a subquery it is asked once, and can bound the index.
            Job.due_at <= select(func.campaign_now()).scalar_subquery(),
            true() if by is None else Job.due_at <= by,
            Job.wait_until <= func.clock_timestamp(),
        )
        .order_by(Job.due_at, Job.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("ready")
    )
    rows = await session.execute(
        update(Job)
        .where(Job.id == ready.c.id)
        .values(
            state=JobState.LEASED,
            attempts_count=Job.attempts_count + 1,
            wait_until=func.clock_timestamp() + _lease(handlers) + _pause(Job.attempts_count),
        )
        .returning(Job.due_at, Job.id, Job.kind, Job.payload, Job.attempts_count)
    )
    return [Lease(*row[1:]) for row in sorted(rows, key=lambda row: row[:2])]


async def finish(session: AsyncSession, lease: Lease) -> bool:
    """Mark the job done, and so lock it until this commits.

    False if it was cancelled, or another worker has begun it anew: then it is not ours to do.
    """
    row = await session.execute(
        _ours(lease).values(state=JobState.DONE, ended_at=func.clock_timestamp()).returning(Job.id)
    )
    return row.first() is not None


async def fail(session: AsyncSession, lease: Lease, *, error: str, for_good: bool) -> bool:
    """Put the job back for after its pause, or down as failed. False as in `finish`."""
    change: dict[str, Any] = (
        {"state": JobState.FAILED, "ended_at": func.clock_timestamp()}
        if for_good
        else {
            "state": JobState.QUEUED,
            "wait_until": func.clock_timestamp() + _pause(Job.attempts_count - 1),
        }
    )
    row = await session.execute(_ours(lease).values(last_error=error, **change).returning(Job.id))
    return row.first() is not None


async def hand_back(session: AsyncSession, lease: Lease, **change: Any) -> None:
    """As if it had not been taken: its worker stops, which is no fault of the job's."""
    await session.execute(
        _ours(lease).values(
            state=JobState.QUEUED,
            attempts_count=Job.attempts_count - 1,
            wait_until=func.clock_timestamp(),
            **change,
        )
    )


async def put_off(session: AsyncSession, lease: Lease, *, due_at: datetime) -> None:
    """As `hand_back`, and due later: its handler found that it is not time yet."""
    await hand_back(session, lease, due_at=due_at)


def _ours(lease: Lease) -> Update:
    return update(Job).where(
        Job.id == lease.id,
        Job.state == JobState.LEASED,
        Job.attempts_count == lease.attempt,
    )


def _lease(handlers: Mapping[str, Handler]) -> ColumnElement[timedelta]:
    outside = {
        kind: timedelta(seconds=handler.limit_s + GRACE_S)
        for kind, handler in handlers.items()
        if isinstance(handler, Outside)
    }
    nothing = timedelta()
    return case(outside or {"": nothing}, value=Job.kind, else_=nothing)


def _pause(failures: SQLColumnExpression[int]) -> ColumnElement[timedelta]:
    """The back-off after one failure more than `failures`."""
    grown = func.least(LONGEST_PAUSE_S, FIRST_PAUSE_S * func.power(2.0, failures))
    return func.make_interval(0, 0, 0, 0, 0, 0, grown * (0.5 + func.random() / 2))
