"""Jobs as staff see them, and the one thing they do to them: try a failed one again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.outbox import Job
from app.models.states import JobState
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, write

# The state of a failed job whose work a newer one with its key has taken over.
SUPERSEDED = "superseded"

_NEWEST_FIRST = Keyset(Job.id, descending=True)
_COLUMNS = (
    Job.id,
    Job.kind,
    Job.state,
    Job.payload,
    Job.dedupe_key,
    Job.due_at,
    Job.wait_until,
    Job.attempts_count,
    Job.last_error,
    Job.created_at,
    Job.ended_at,
)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A job. `due_at` is campaign time, the others are real; see `app/models/outbox.py`."""

    id: UUID
    kind: str
    state: JobState
    payload: dict[str, Any]
    dedupe_key: str | None
    due_at: datetime
    wait_until: datetime
    attempts_count: int
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None


async def list_jobs(
    sessions: Sessions,
    *,
    page: PageRequest,
    state: JobState | None = None,
    kind: str | None = None,
) -> Page[JobFacts]:
    """The last put first; done ones as long as they are kept."""
    statement = select(*_COLUMNS)
    if state is not None:
        statement = statement.where(Job.state == state)
    if kind is not None:
        statement = statement.where(Job.kind == kind)
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
    return rows.map(_facts)


async def retry_job(sessions: Sessions, once: Once, *, actor: Actor, job_id: UUID) -> JobFacts:
    """Queue a failed job as if it were new; its last error stays to be read.

    Raises `NotFound`, `StateConflict`: it has not failed, or a newer one with its key is live.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Job.id).where(Job.id == job_id))
        job = await _lock(session, job_id)
        if job.state is not JobState.FAILED:
            raise StateConflict(state=job.state)
        retried = await _queue_again(session, job_id)
        changes = {"state": (job.state, retried.state)}
        await write(session, [Act(actor, "job.retry", "job", job_id, changes)])
        await once.keep(session, retried)
    return retried


async def _lock(session: AsyncSession, job_id: UUID) -> JobFacts:
    row = (
        await session.execute(select(*_COLUMNS).where(Job.id == job_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise NotFound()
    return _facts(row)


async def _queue_again(session: AsyncSession, job_id: UUID) -> JobFacts:
    again = {
        "state": JobState.QUEUED,
        "attempts_count": 0,
        "wait_until": func.clock_timestamp(),
        "ended_at": None,
    }
    try:
        rows = await session.execute(
            update(Job).where(Job.id == job_id).values(again).returning(*_COLUMNS)
        )
    except IntegrityError as error:
        # The unique key decides, so nobody can come between a look and the act.
        raise StateConflict(state=SUPERSEDED) from error
    return _facts(rows.one())


def _facts(row: Sequence[Any]) -> JobFacts:
    return JobFacts(*row[: len(_COLUMNS)])
