"""Moving the deployment's clock: one row, felt by every process before the mover goes on.

For local deployments and tests; a real one runs on real time.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.models.platform import ClockRow, Pulse
from app.platform.pulse import CLOCK, wake

POLL_S = 0.02

# Connections of `PulseWatcher` that have not come so far yet. Whoever has seen a later move has
# seen this one.
_BEHIND = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND CASE WHEN application_name LIKE 'pulse:%' "
    "THEN CAST(substr(application_name, 7) AS bigint) < :version END"
)


async def move_clock(engine: AsyncEngine, offset: Callable[[timedelta], timedelta]) -> datetime:
    """Replace the offset by `offset(the present one)`; answers campaign time.

    Returns when every process of the deployment runs on it.
    """
    async with engine.begin() as connection:
        present = await connection.scalar(select(ClockRow.time_offset).with_for_update())
        await connection.execute(
            update(ClockRow).values(time_offset=offset(present or timedelta()))
        )
        version = await connection.scalar(
            update(Pulse)
            .where(Pulse.topic == CLOCK)
            .values(version=Pulse.version + 1)
            .returning(Pulse.version)
        )
        await wake(connection)
    async with engine.connect() as connection:
        while await _behind(connection, version):  # noqa: ASYNC110 (the event is in the database)
            await asyncio.sleep(POLL_S)
        return await _campaign_now(connection)


async def campaign_now(engine: AsyncEngine) -> datetime:
    """Campaign time as the books have it."""
    async with engine.connect() as connection:
        return await _campaign_now(connection)


def until(moment: datetime) -> Callable[[timedelta], timedelta]:
    """The offset that makes it that moment now."""
    return lambda _: moment - datetime.now(UTC)


async def _campaign_now(connection: AsyncConnection) -> datetime:
    now = await connection.scalar(select(func.campaign_now()))
    assert isinstance(now, datetime)
    return now


async def _behind(connection: AsyncConnection, version: int | None) -> int:
    waiting = await connection.scalar(_BEHIND, {"version": version})
    await connection.rollback()
    return waiting or 0
