"""What can go wrong in the middle of a rush, and who puts it right.

Each strikes while a process of the service stands at a fault point, lets it go on, and answers
the moment (`time.monotonic`) from which the service has all that it needs again. Nobody tells
the service.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.callers import BUSY, LOST, Heard
from tests.faults.rig import Rig
from tests.faults.stops import Stand

Strike = Callable[[Rig, Stand, Heard], Awaitable[None]]

# As many callers meet an outage before it ends.
MET_BY = 10
PAUSE_S = 10.0


@dataclass(frozen=True)
class Fault:
    """`excuses`: what callers may be told beside what the rush is about. `by_wire`: the service
    reaches its servers by ways that can be cut."""

    name: str
    strike: Strike
    excuses: frozenset[str] = frozenset()
    by_wire: bool = False

    async def __call__(self, rig: Rig, stand: Stand, heard: Heard) -> float:
        await self.strike(rig, stand, heard)
        return time.monotonic()


async def _one_of_two_processes(rig: Rig, stand: Stand, _: Heard) -> None:
    """Nobody starts it again: the other serves alone."""
    rig.service.kill(rig.service.place_of(stand.pid))


async def _all_processes(rig: Rig, _: Stand, heard: Heard) -> None:
    rig.service.kill()
    await heard.until_more(LOST, MET_BY)
    await rig.service.start()


async def _redis_killed(rig: Rig, stand: Stand, heard: Heard) -> None:
    """Started again, it is empty. The service goes on without it."""
    await asyncio.to_thread(rig.valkey.kill)
    stand.go_on()
    await heard.until_yes(heard.yes + MET_BY)
    await asyncio.to_thread(rig.valkey.start)


async def _redis_wiped(rig: Rig, stand: Stand, _: Heard) -> None:
    await rig.wipe_redis()
    stand.go_on()


async def _redis_paused(rig: Rig, stand: Stand, _: Heard) -> None:
    rig.valkey.freeze()
    try:
        stand.go_on()
        await asyncio.sleep(PAUSE_S)
    finally:
        rig.valkey.thaw()


async def _redis_cut(rig: Rig, stand: Stand, heard: Heard) -> None:
    await asyncio.to_thread(rig.wires.to_redis.cut)
    stand.go_on()
    await heard.until_yes(heard.yes + MET_BY)
    await asyncio.to_thread(rig.wires.to_redis.mend)


async def _postgres_killed(rig: Rig, stand: Stand, heard: Heard) -> None:
    """The postmaster and all its children; then its crash recovery, on the same files."""
    await asyncio.to_thread(rig.postgres.kill)
    stand.go_on()
    await heard.until_more(BUSY, MET_BY)
    await asyncio.to_thread(rig.postgres.start)


async def _postgres_paused(rig: Rig, stand: Stand, _: Heard) -> None:
    """Its connections stay open and nothing answers: the worst of all outages."""
    await asyncio.to_thread(rig.postgres.freeze)
    try:
        stand.go_on()
        await asyncio.sleep(PAUSE_S)
    finally:
        rig.postgres.thaw()


async def _postgres_cut(rig: Rig, stand: Stand, heard: Heard) -> None:
    await asyncio.to_thread(rig.wires.to_postgres.cut)
    stand.go_on()
    await heard.until_more(BUSY, MET_BY)
    await asyncio.to_thread(rig.wires.to_postgres.mend)


async def _disk_full(rig: Rig, stand: Stand, heard: Heard) -> None:
    """No file of PostgreSQL's can grow. Whoever looks after it makes room, and starts it if it
    gave up."""
    rig.disk.fill()
    try:
        stand.go_on()
        await heard.until_more(BUSY, MET_BY)
    finally:
        rig.disk.free()
    await asyncio.to_thread(rig.postgres.settle)


_NOT_NOW, _CUT_OFF = frozenset({BUSY}), frozenset({BUSY, LOST})

ONE_OF_TWO = Fault("one of two processes killed", _one_of_two_processes, _CUT_OFF)
ALL_PROCESSES = Fault("all processes killed", _all_processes, _CUT_OFF)
REDIS_KILLED = Fault("Redis killed", _redis_killed)
REDIS_WIPED = Fault("Redis wiped", _redis_wiped)
REDIS_PAUSED = Fault("Redis paused 10 s", _redis_paused)
REDIS_CUT = Fault("way to Redis cut", _redis_cut, by_wire=True)
POSTGRES_KILLED = Fault("PostgreSQL killed", _postgres_killed, _NOT_NOW)
POSTGRES_PAUSED = Fault("PostgreSQL paused 10 s", _postgres_paused, _NOT_NOW)
POSTGRES_CUT = Fault("way to PostgreSQL cut", _postgres_cut, _NOT_NOW, by_wire=True)
DISK_FULL = Fault("PostgreSQL's disk full", _disk_full, _NOT_NOW)

# Those by wire stand together: the service is started anew where the way changes.
FAULTS = (
    ONE_OF_TWO,
    ALL_PROCESSES,
    REDIS_KILLED,
    REDIS_WIPED,
    REDIS_PAUSED,
    POSTGRES_KILLED,
    POSTGRES_PAUSED,
    DISK_FULL,
    REDIS_CUT,
    POSTGRES_CUT,
)
