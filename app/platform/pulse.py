"""How a change in the books reaches every process within a second.

Whoever changes a watched thing raises its topic in the same transaction. Every
process asks for all topics twice a second on a connection of its own and calls
whoever subscribed. The connection's `application_name` shows how far the
process has come, so `./run clock` can wait until everybody is there. Whoever moves the clock, and
nobody else, also wakes them up (docs/adr/0009-watching-changes.md).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import cast

import asyncpg
import structlog
from sqlalchemy import select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.models.platform import ClockRow, Pulse
from app.platform.clock import Clock

PERIOD_S = 0.4
# What was heard longer ago is not believed where a second's age is promised.
CURRENT_S = 1.0
CLOCK, ACCESS, PACKS, MEMBERS = "clock", "access", "packs", "members"
READ_ONLY = "read_only"

# The notification that the clock was moved.
WAKE = "pulse_moved"

Listener = Callable[[AsyncConnection], Awaitable[None]]

# What a lost server looks like, also to the driver's own calls.
_LOST = (SQLAlchemyError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

log = structlog.get_logger(__name__)


async def raise_topic(session: AsyncSession, topic: str) -> None:
    """Tell every process, once this transaction commits."""
    await session.execute(
        update(Pulse).where(Pulse.topic == topic).values(version=Pulse.version + 1)
    )


class PulseWatcher:
    """One a process. `start` calls every listener once before it returns."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._listeners: dict[str, list[Listener]] = {}
        self._seen: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")

    @property
    def is_current(self) -> bool:
        """Whether every change that was committed a second ago has been heard."""
        return time.monotonic() - self._asked_at <= CURRENT_S

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._listeners.setdefault(topic, []).append(listener)

    async def start(self) -> None:
        async with self._engine.connect() as connection:
            await self._look(connection)
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        while True:
            try:
                async with self._engine.connect() as connection:
                    await self._follow(connection)
            except _LOST as error:
                log.warning("pulse_lost", error=type(error).__name__)
                # A server that was promoted may count anew what was lost: heard from the start.
                self._seen.clear()
            await asyncio.sleep(PERIOD_S)

    async def _follow(self, connection: AsyncConnection) -> None:
        async with _woken(connection) as woken:
            await self._show(connection)
            while True:
                if await self._look(connection):
                    await self._show(connection)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PERIOD_S):
                        await woken.wait()
                woken.clear()

    async def _look(self, connection: AsyncConnection) -> bool:
        """Call the listeners of the topics that moved. True if any did."""
        asked_at = time.monotonic()
        rows = (await connection.execute(select(Pulse.topic, Pulse.version))).all()
        moved = [(topic, version) for topic, version in rows if self._seen.get(topic) != version]
        for topic, version in moved:
            for listener in self._listeners.get(topic, []):
                await listener(connection)
            self._seen[topic] = version
        await connection.rollback()
        self._asked_at = asked_at
        return bool(moved)

    async def _show(self, connection: AsyncConnection) -> None:
        name = f"pulse:{self._seen.get(CLOCK, 0)}"
        await connection.execute(
            text("SELECT set_config('application_name', :name, false)"), {"name": name}
        )
        await connection.commit()


async def wake(connection: AsyncConnection) -> None:
    """Every process looks at once, when this transaction commits."""
    await connection.execute(text(f"NOTIFY {WAKE}"))


@contextlib.asynccontextmanager
async def _woken(connection: AsyncConnection) -> AsyncIterator[asyncio.Event]:
    """Set whenever the notification comes in on this connection."""
    woken = asyncio.Event()

    def hear(*_: object) -> None:
        woken.set()

    raw = await connection.get_raw_connection()
    driver = cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)
    try:
        await driver.add_listener(WAKE, hear)
        yield woken
    finally:
        # Closed, not given back: it would go on listening for nobody, and under a name that
        # whoever moves the clock waits for.
        await connection.invalidate()


def follow_clock(clock: Clock) -> Listener:
    """Keep the process's clock on the deployment's offset."""

    async def listener(connection: AsyncConnection) -> None:
        offset = await connection.scalar(select(ClockRow.time_offset))
        clock.offset = offset or timedelta()

    return listener
