"""Rows of the ledger, made and looked at from outside the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.models.ledger import LedgerEntry
from app.platform.crypto import Digester, KeyRing
from app.platform.db import create_sessions
from app.platform.ids import new_id
from app.shared.ledger import Act, Actor, inspect_ledger, seal_closed_rows, write

DIGESTER = Digester(KeyRing({1: b"k" * 32}))
TESTER = Actor.system("test", DIGESTER)
POLL_S = 0.02


def act(reason: str = "测试", **more: Any) -> Act:
    """Something that was done to a thing of its own."""
    return Act(TESTER, "thing.change", "thing", new_id(), {"size": (1, 2)}, reason=reason, **more)


class Ledger:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.sessions = create_sessions(engine)

    async def keep(self, number: int, *, reason: str = "测试") -> None:
        async with self.sessions.begin() as session:
            await write(session, [act(reason) for _ in range(number)])

    async def seal(self) -> int:
        return await seal_closed_rows(self.sessions)

    async def rows(self) -> list[LedgerEntry]:
        """All rows, in the order of their places; those that have none last."""
        async with self.sessions() as session:
            found = await session.scalars(
                select(LedgerEntry).order_by(LedgerEntry.position, LedgerEntry.id)
            )
            return list(found)

    async def faults(self) -> dict[str, list[str]]:
        """What `verify` finds, by check; nothing when all is well."""
        async with self.sessions() as session:
            return {
                check.name: check.faults async for check in inspect_ledger(session) if check.faults
            }

    @asynccontextmanager
    async def tampering(self) -> AsyncIterator[AsyncConnection]:
        """Without the triggers, as a superuser would; they are back afterwards."""
        async with self.engine.begin() as connection:
            for table in ("ledger_entry", "ledger_seal"):
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            yield connection
            for table in ("ledger_entry", "ledger_seal"):
                await connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))

    async def tamper(self, *statements: str) -> None:
        async with self.tampering() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    async def until_somebody_waits(self) -> None:
        """Until another connection of this database waits for a lock."""
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with self.engine.connect() as connection, asyncio.timeout(20):
            while not await connection.scalar(waiting):
                await connection.rollback()
                await asyncio.sleep(POLL_S)
