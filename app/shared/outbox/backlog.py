"""How far the workers are behind."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

# A job is ready since it was due, or since its pause was over, whichever came later.
_READ = text("""
    SELECT count(*) AS waiting_count,
           (SELECT count(*) FROM job WHERE state = 'failed') AS failed_count,
           coalesce(max(extract(epoch FROM clock_timestamp() - greatest(
               wait_until, due_at - (SELECT time_offset FROM clock)))), 0) AS lag_s
      FROM job
     WHERE state IN ('queued', 'leased')
       AND due_at <= (SELECT campaign_now()) AND wait_until <= clock_timestamp()
""")


@dataclass(frozen=True, slots=True)
class Backlog:
    """`waiting_count`: jobs that nobody has begun although they are due; the first of them for
    `lag_s` seconds of real time. `failed_count`: what waits for staff."""

    waiting_count: int
    failed_count: int
    lag_s: float


async def read_backlog(transaction: AsyncSession | AsyncConnection) -> Backlog:
    row = (await transaction.execute(_READ)).one()
    return Backlog(row.waiting_count, row.failed_count, float(row.lag_s))


async def backlog_within(engine: AsyncEngine, *, within_s: float) -> Backlog | None:
    """The backlog, for those who watch; None if the books do not tell in time."""
    try:
        async with asyncio.timeout(within_s), engine.connect() as connection:
            return await read_backlog(connection)
    except (SQLAlchemyError, OSError, TimeoutError):
        return None
