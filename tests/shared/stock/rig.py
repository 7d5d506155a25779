"""Processes, people and pools for the tests of this room alone, on real servers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from redis.asyncio import Redis
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.models.platform import ClockRow
from app.models.states import PoolState
from app.models.stock import StockEntry
from app.platform.clock import Clock
from app.platform.db import Sessions, create_engine, create_sessions
from app.platform.ids import new_id
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.shared.stock import (
    Decision,
    Pool,
    Press,
    Stock,
    balances,
    change_pool,
    create_pool,
    inspect_books,
    read_pools,
)
from tests.shared.stock.little_pack import HOLDINGS, KIND, LittlePack, Unit, Wanted, return_unit

HOUR = timedelta(hours=1)
# As many connections as the service gives the room.
CONNECTIONS = 4


@dataclass(frozen=True)
class Person:
    """An account of a human."""

    person_id: UUID = field(default_factory=new_id)
    member_id: UUID = field(default_factory=new_id)

    def other_account(self) -> "Person":
        return Person(self.person_id)


def people(number: int) -> list[Person]:
    return [Person() for _ in range(number)]


def press_of(
    pool: Pool, who: Person, key: str = "once", *, note: str = "", body: bytes = b"body"
) -> Press:
    """The same member, pool and key are the same claim."""
    claim_id = uuid5(who.member_id, f"{pool.id} {key}")
    return Press(claim_id, body, who.member_id, who.person_id, Wanted(pool.id, note))


@dataclass
class Process:
    """What one process of the service has of this room."""

    engine: AsyncEngine
    redis: Redis
    clock: Clock
    stock: Stock
    pack: LittlePack

    async def press(
        self,
        pool: Pool,
        who: Person,
        key: str = "once",
        *,
        note: str = "",
        body: bytes = b"body",
        gated: bool = True,
    ) -> Decision[Unit]:
        press = press_of(pool, who, key, note=note, body=body)
        return await self.stock.press(pool, press, self.pack.recorder, gated=gated)


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[Process]:
    engine = create_engine(settings, pool_size=CONNECTIONS)
    redis, clock = create_redis(settings), Clock()
    stock = Stock(engine, redis, clock)
    try:
        yield Process(engine, redis, clock, stock, LittlePack())
    finally:
        await stock.drain()
        await redis.aclose()
        await engine.dispose()


class Books:
    """PostgreSQL as a test sees it: makes and changes pools, reads what stands there."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.sessions: Sessions = create_sessions(engine)

    async def pool(
        self,
        total: int = 10,
        *,
        group: str | None = None,
        state: PoolState = PoolState.RUNNING,
        opens: timedelta = -HOUR,
        closes: timedelta = 30 * 24 * HOUR,
        per_day: int | None = None,
        in_all: int | None = None,
    ) -> Pool:
        """A pool that is open now unless told otherwise; its window is relative to now."""
        owner_id, now = new_id(), datetime.now(UTC)
        async with self.sessions.begin() as session:
            pool_id = await create_pool(
                session,
                group=group or str(owner_id),
                kind=KIND,
                owner_id=owner_id,
                total=total,
                opens_at=now + opens,
                closes_at=now + closes,
                per_person_per_day=per_day,
                per_person_total=in_all,
                state=state,
            )
        return await self.read(pool_id)

    async def read(self, pool_id: UUID) -> Pool:
        async with self.sessions() as session:
            return (await read_pools(session, [pool_id]))[pool_id]

    async def change(self, pool: Pool, **values: Any) -> Pool:
        """Change and commit; the turnstile is not told."""
        async with self.sessions.begin() as session:
            return await change_pool(session, pool.id, why="test", **values)

    async def give_back(self, claim_id: UUID) -> bool:
        async with self.sessions.begin() as session:
            return await return_unit(session, claim_id)

    async def entries(self, pool: Pool) -> list[StockEntry]:
        async with self.sessions() as session:
            found = await session.scalars(
                select(StockEntry).where(StockEntry.pool_id == pool.id).order_by(StockEntry.seq)
            )
            return list(found)

    async def move_clock(self, by: timedelta, *processes: Process) -> None:
        async with self.sessions.begin() as session:
            await session.execute(update(ClockRow).values(time_offset=ClockRow.time_offset + by))
        for each in processes:
            each.clock.offset += by

    async def assert_right(self) -> None:
        """Every invariant of the room, from rows alone."""
        async with self.sessions() as session:
            checks = [check async for check in inspect_books(session, [HOLDINGS])]
            assert not [check for check in checks if check.faults]
            assert all(balance.equal for balance in await balances(session, [HOLDINGS]))

    async def someone_waits_for(self, connection: AsyncConnection) -> None:
        """Until another connection waits for a lock of this one."""
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
        question = text(
            "SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))"
        )
        async with self.engine.connect() as looking:
            while not await looking.scalar(question, {"pid": pid}):
                await looking.rollback()
