"""The pulse: whoever moves the clock wakes every process up, and waits for it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform import moved_time, pulse
from app.platform.clock import Clock
from app.platform.pulse import CLOCK, PulseWatcher, follow_clock
from app.routers.rooms import Rooms

pytestmark = pytest.mark.anyio

YEAR = timedelta(days=365)
# Whoever is not woken in this time sleeps for good.
HANGS_S = 30


@pytest.fixture
async def sleeper(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clock]:
    """The clock of a process that looks of itself once a year."""
    monkeypatch.setattr(pulse, "PERIOD_S", YEAR.total_seconds())
    clock, watcher = Clock(), PulseWatcher(rooms.engine)
    watcher.subscribe(CLOCK, follow_clock(clock))
    await watcher.start()
    yield clock
    await watcher.stop()


async def _move_by_a_year(engine: AsyncEngine) -> None:
    async with asyncio.timeout(HANGS_S):
        await moved_time.move_clock(engine, lambda _: YEAR)


async def test_a_process_that_sleeps_is_woken_when_the_clock_is_moved(
    rooms: Rooms, sleeper: Clock
) -> None:
    await _move_by_a_year(rooms.engine)
    assert sleeper.now() - datetime.now(UTC) > YEAR / 2
    async with asyncio.timeout(HANGS_S):
        await moved_time.move_clock(rooms.engine, lambda _: timedelta())
    assert sleeper.now() - datetime.now(UTC) < YEAR / 2
