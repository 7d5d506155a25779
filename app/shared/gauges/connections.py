"""How many of a process's connections to PostgreSQL are at work."""

from typing import cast

from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine


def connections_of(engine: AsyncEngine) -> tuple[int, int]:
    """Those that somebody holds just now, and how many there may be."""
    pool = cast(QueuePool, engine.pool)
    return pool.checkedout(), pool.size() + max(pool._max_overflow, 0)
