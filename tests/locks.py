"""Interleavings laid down: who races is held before a table until all stand there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# Of this database alone: all databases of a server share the view.
WAITING = text("""
    SELECT count(*) FROM pg_locks
     WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity
                                    WHERE datname = current_database())
""")


async def until_waiting(engine: AsyncEngine, count: int = 1) -> None:
    """Until so many wait for a lock."""
    async with asyncio.timeout(20):
        while True:
            async with engine.connect() as connection:
                if await connection.scalar(WAITING) >= count:
                    return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def unwritable(
    engine: AsyncEngine, table: str
) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Meanwhile the table can be read and not written. Yields a wait until so many are held up,
    by it or by one another; they go on together when the block ends."""
    async with engine.begin() as holder:
        await holder.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        yield partial(until_waiting, engine)
