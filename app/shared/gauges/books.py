"""What only the books know: stock left, the workers' backlog, what waits for staff."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.shared.gauges.gauge import Gauge
from app.shared.outbox import read_backlog

# A slot or a wish is a pool of one unit; those are many, and no crowd is at any of them.
MOST_POOLS = 50
# Past this it is only "many", and the counting should cost nothing.
MANY_ROWS = 100_000

_POOLS = text(f"""
    SELECT id::text AS pool, kind, total, total - issued AS free
      FROM stock_pool
     WHERE state = 'running' AND total > 1
       AND opens_at <= (SELECT campaign_now()) AND closes_at > (SELECT campaign_now())
     ORDER BY total DESC, id LIMIT {MOST_POOLS}
""")  # noqa: S608 - a number of ours
_ALONE = text(f"""
    SELECT pg_database_size(current_database()) AS database_bytes,
           (SELECT count(*) FROM payment_difference WHERE state IN ('open', 'taken'))
               AS differences,
           (SELECT count(*) FROM (SELECT FROM ledger_entry WHERE position IS NULL
             LIMIT {MANY_ROWS}) AS unsealed) AS unsealed
""")  # noqa: S608 - a number of ours
_INSPECTED = text("""
    SELECT unequal_count AS unequal,
           extract(epoch FROM clock_timestamp() - inspected_at)::float AS age_s
      FROM stock_inspection
""")


async def read_books(engine: AsyncEngine, *, within_s: float) -> list[Gauge]:
    """All of them, or, if the books do not tell in time, that they do not."""
    try:
        async with asyncio.timeout(within_s), engine.connect() as connection:
            return [_up(1), *[gauge async for gauge in _read(connection)]]
    except (SQLAlchemyError, OSError, TimeoutError):
        return [_up(0)]


def _up(value: int) -> Gauge:
    return Gauge("books_up", "Whether PostgreSQL answers this process.", value)


async def _read(connection: AsyncConnection) -> AsyncIterator[Gauge]:
    for row in await connection.execute(_POOLS):
        labels = {"kind": row.kind, "pool": row.pool}
        yield Gauge("stock_pool_total", "Units of a pool that is open.", row.total, labels)
        yield Gauge("stock_pool_left", "Units left of a pool that is open.", row.free, labels)
    for row in await connection.execute(_INSPECTED):
        yield Gauge("stock_pools_unequal", "Pools that are not as their rows say.", row.unequal)
        yield Gauge("stock_inspected_age_seconds", "Since the last look at them.", row.age_s)
    backlog = await read_backlog(connection)
    yield Gauge("jobs_waiting", "Jobs that are due and not begun.", backlog.waiting_count)
    yield Gauge("jobs_failed", "Jobs that were given up and wait for staff.", backlog.failed_count)
    yield Gauge("jobs_lag_seconds", "How long the first of them has waited.", backlog.lag_s)
    row = (await connection.execute(_ALONE)).one()
    yield Gauge("database_bytes", "The database on its disk.", row.database_bytes)
    yield Gauge("payment_differences_open", "Differences with the provider.", row.differences)
    yield Gauge("ledger_unsealed_rows", "Rows that no seal covers yet.", row.unsealed)
