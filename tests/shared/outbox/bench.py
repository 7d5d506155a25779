"""A bench to watch jobs being done on: kinds whose effect is a row, and runners in this process."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.models.outbox import LIVE, Job
from app.models.platform import ClockRow
from app.platform.db import Sessions, create_engine, create_sessions
from app.platform.jobs import Handler, Outside, Payload, Within
from app.platform.settings import Settings
from app.shared.outbox import NewJob, Runner, put, read_backlog
from app.shared.outbox.runner import LANES
from tests.conftest import empty, own_database

# A busy machine may need it; nobody else does.
PATIENCE_S = 120.0
POLL_S = 0.02

EFFECTS = "CREATE TABLE IF NOT EXISTS effect (number int NOT NULL, kind text NOT NULL)"
NO_EFFECTS = "DROP TABLE IF EXISTS effect"


class Broken(Exception):
    """What a handler of these tests raises. Its words are nobody's business."""


async def write(session: AsyncSession, payload: Payload) -> None:
    """An effect in the database: a row a time it happens."""
    await session.execute(
        text("INSERT INTO effect (number, kind) VALUES (:number, 'write')"),
        {"number": payload["number"]},
    )


async def write_and_break(session: AsyncSession, payload: Payload) -> None:
    await write(session, payload)
    raise Broken("the name of 王小明")


class Gate:
    """An effect that stops half-way until it is let go on."""

    def __init__(self) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    @property
    def handler(self) -> Handler:
        return Within(self.pass_and_write)

    async def pass_and_write(self, session: AsyncSession, payload: Payload) -> None:
        self.reached.set()
        await self.open.wait()
        await write(session, payload)


class Bench:
    """The books of one database, and what was done in it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.sessions: Sessions = create_sessions(engine)
        self.handlers: dict[str, Handler] = {
            "test.write": Within(write),
            "test.break": Within(write_and_break),
        }

    async def put(self, kind: str = "test.write", number: int = 0, **more: Any) -> UUID | None:
        async with self.sessions.begin() as session:
            return await put(session, NewJob(kind, {"number": number}, **more))

    async def put_new(self, kind: str = "test.write", number: int = 0, **more: Any) -> UUID:
        job_id = await self.put(kind, number, **more)
        assert job_id is not None
        return job_id

    def runner(
        self, handlers: Mapping[str, Handler] | None = None, *, lanes: int = LANES
    ) -> Runner:
        return Runner(self.sessions, handlers or self.handlers, lanes=lanes)

    async def work_off(
        self, handlers: Mapping[str, Handler] | None = None, *, lanes: int = LANES
    ) -> None:
        """Do all that is ready now, and all that it makes ready."""
        while await self.ready():
            async with running(self.runner(handlers, lanes=lanes)):
                await until(self.nothing_is_ready)

    async def ready(self) -> int:
        async with self.sessions() as session:
            return (await read_backlog(session)).waiting_count

    async def nothing_is_ready(self) -> bool:
        return not await self.ready()

    async def nothing_is_live(self) -> bool:
        """Nothing queued, nothing leased, whatever it waits for."""
        live = select(func.count()).select_from(Job).where(text(LIVE))
        async with self.sessions() as session:
            return not await session.scalar(live)

    async def job(self, job_id: UUID) -> Job:
        async with self.sessions() as session:
            return await session.get_one(Job, job_id)

    async def jobs(self, kind: str | None = None) -> list[Job]:
        statement = select(Job).order_by(Job.id)
        if kind is not None:
            statement = statement.where(Job.kind == kind)
        async with self.sessions() as session:
            return list(await session.scalars(statement))

    async def effects(self) -> Counter[int]:
        """How often each numbered effect happened."""
        async with self.sessions() as session:
            return Counter(await session.scalars(text("SELECT number FROM effect")))

    async def move_clock(self, by: timedelta) -> None:
        async with self.sessions.begin() as session:
            await session.execute(update(ClockRow).values(time_offset=ClockRow.time_offset + by))

    async def campaign_now(self) -> datetime:
        async with self.sessions() as session:
            now: datetime | None = await session.scalar(select(func.campaign_now()))
        assert now is not None
        return now

    async def pause_s(self, job_id: UUID) -> float:
        """How long the job is not begun, in seconds of real time from now."""
        left = func.extract("epoch", Job.wait_until - func.clock_timestamp())
        async with self.sessions() as session:
            return float(await session.scalar(select(left).where(Job.id == job_id)) or 0)

    async def end_pauses(self) -> None:
        """As if every back-off and every lease had run out."""
        async with self.sessions.begin() as session:
            await session.execute(update(Job).values(wait_until=func.now()))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Bench]:
    """On the database of these settings, emptied, with a table for the effects."""
    await empty(settings)
    engine = create_engine(settings)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(EFFECTS)
    yield Bench(engine)
    # Nothing of the tests stays in a schema that others compare with the models.
    async with engine.begin() as connection:
        await connection.exec_driver_sql(NO_EFFECTS)
    await engine.dispose()


@asynccontextmanager
async def unguarded(settings: Settings) -> AsyncIterator[Bench]:
    """On a database of its own, for a control to take its guards out."""
    async with opened(await own_database(settings, "unguarded_jobs")) as bench:
        yield bench


class Post:
    """The world outside: what arrived there, and under which idempotency key."""

    def __init__(self) -> None:
        self.arrived: Counter[UUID] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def handler(self) -> Handler:
        return Outside(self.send)

    async def send(self, job_id: UUID, payload: Payload) -> None:
        self.arrived[job_id] += 1
        await self.gate.wait()


@asynccontextmanager
async def running(*runners: Runner) -> AsyncIterator[None]:
    """Runners at work as long as the block lasts; then they are told to stop, and do."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for runner in runners:
            group.create_task(runner.run(stop))
        try:
            yield
        finally:
            stop.set()


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110 - it happens in the database
            await asyncio.sleep(POLL_S)
