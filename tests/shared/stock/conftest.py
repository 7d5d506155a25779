"""The room alone: two processes of it, the books, and a pack as small as one can be."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.db import create_engine
from app.platform.redis import create_redis
from app.platform.settings import Settings
from tests.conftest import empty
from tests.shared.stock.little_pack import SCHEMA, metadata
from tests.shared.stock.rig import Books, Process, process

# From the one that refers to the one that is referred to.
TABLES = (f"{SCHEMA}.unit", "stock_use", "stock_entry", "stock_pool", "stock_group")


@pytest.fixture(scope="module")
async def own_tables(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An empty database with the little pack's table in it, while this module's tests run."""
    await empty(settings)
    engine = create_engine(settings, command_timeout_s=None)
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        await connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        await connection.run_sync(metadata.create_all)
    yield engine
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    await engine.dispose()


@pytest.fixture
async def books(settings: Settings, own_tables: AsyncEngine) -> Books:
    """Empty books, real time, nothing in Redis. (Truncating ten files costs more than a test.)"""
    async with own_tables.begin() as connection:
        for table in TABLES:
            await connection.execute(text(f"DELETE FROM {table}"))
        await connection.execute(text("UPDATE clock SET time_offset = '0'"))
    redis = create_redis(settings)
    await redis.flushdb()
    await redis.aclose()
    return Books(own_tables)


@pytest.fixture
async def here(settings: Settings, books: Books) -> AsyncIterator[Process]:
    """A process of the service, as far as this room goes."""
    async with process(settings) as found:
        yield found


@pytest.fixture
async def there(settings: Settings, books: Books) -> AsyncIterator[Process]:
    """Another process beside it."""
    async with process(settings) as found:
        yield found
