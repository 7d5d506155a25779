"""Empty books between tests, by one connection a database that knows all tables already.

A new connection would have to read about each of some hundred tables first, and a test's own
code would wait for it; TRUNCATE would make and remove some hundreds of files.
"""

import asyncio
from contextlib import ExitStack
from functools import cache

from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.models import Base

KEPT_TABLES = {"clock", "pulse", "read_only"}
_open = ExitStack()


async def sweep(url: str) -> None:
    """No rows but the deployment's own, and no moved time."""
    await asyncio.wrap_future(_portal().start_task_soon(_sweep, url))


def put_away() -> None:
    """At the end of all tests."""
    _open.close()


@cache
def _portal() -> BlockingPortal:
    """A loop of its own: whoever sweeps may stand on one, or on none."""
    return _open.enter_context(start_blocking_portal())


async def _sweep(url: str) -> None:
    async with _engine(url).begin() as connection:
        await connection.execute(text("SELECT pg_temp.sweep()"))


@cache
def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"server_settings": {"application_name": "broom"}},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def learn(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(_FUNCTION)
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    _open.callback(lambda: _portal().call(engine.dispose))
    return engine


_NAMES = [table.name for table in Base.metadata.sorted_tables if table.name not in KEPT_TABLES]
_DELETIONS = "\n".join(
    f"IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name}; END IF;" for name in _NAMES
)
_FUNCTION = f"""
CREATE FUNCTION pg_temp.sweep() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- As a superuser could: the ledger's triggers refuse it to everybody else.
    SET LOCAL session_replication_role = replica;
    {_DELETIONS}
    UPDATE clock SET time_offset = '0';
    UPDATE read_only SET state = 'off';
    UPDATE pulse SET version = version + 1;
END $$
"""
