"""The outbox's own sweeping: ended jobs are kept for a while, to be looked at."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.outbox import Job
from app.models.states import JobState
from app.platform.jobs import Handler, Payload, Periodic

# In real time. A failed job that staff have left alone for longer than a campaign goes too.
DONE_KEPT = timedelta(days=7)
FAILED_KEPT = timedelta(days=180)
BATCH = 1_000


async def sweep(session: AsyncSession, payload: Payload) -> bool:
    """Forget the oldest ended jobs; whether there may be more."""
    return any(
        [
            await _forget(session, JobState.DONE, DONE_KEPT),
            await _forget(session, JobState.FAILED, FAILED_KEPT),
        ]
    )


async def _forget(session: AsyncSession, state: JobState, kept: timedelta) -> bool:
    old = (
        select(Job.id)
        .where(Job.state == state, Job.ended_at < func.now() - kept)
        .order_by(Job.ended_at)
        .limit(BATCH)
    )
    gone = await session.scalars(delete(Job).where(Job.id.in_(old)).returning(Job.id))
    return len(gone.all()) == BATCH


HANDLERS: dict[str, Handler] = {"outbox.sweep": Periodic(sweep, every=timedelta(hours=1))}
