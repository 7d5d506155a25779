"""What can die in the middle of a rush, and who brings it back.

Each strikes at once, and answers the moment (`time.monotonic`) from which the
service has all that it needs again. Nobody tells the service.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.faults.callers import BUSY, LOST, Heard
from tests.faults.rig import Rig

Fault = Callable[[Rig, Heard], Awaitable[float]]

# As many callers meet the outage before it ends.
MET_BY = 20


async def one_of_two_processes(rig: Rig, heard: Heard) -> float:
    """Nobody starts it again: the other serves alone."""
    rig.service.kill(0)
    return time.monotonic()


async def all_processes(rig: Rig, heard: Heard) -> float:
    rig.service.kill()
    await heard.until_more(LOST, MET_BY)
    await rig.service.start()
    return time.monotonic()


async def redis(rig: Rig, heard: Heard) -> float:
    """Started again, it is empty. The service goes on without it."""
    await asyncio.to_thread(rig.valkey.kill)
    await heard.until_yes(heard.yes + MET_BY)
    await asyncio.to_thread(rig.valkey.start)
    return time.monotonic()


async def postgres(rig: Rig, heard: Heard) -> float:
    """The postmaster and all its children; then its crash recovery, on the same files."""
    await asyncio.to_thread(rig.postgres.kill)
    await heard.until_more(BUSY, MET_BY)
    await asyncio.to_thread(rig.postgres.start)
    return time.monotonic()


async def frozen_postgres(rig: Rig, heard: Heard) -> float:
    """Its connections stay open and nothing answers: the worst of all outages."""
    await asyncio.to_thread(rig.postgres.freeze)
    try:
        await heard.until_more(BUSY, MET_BY)
    finally:
        rig.postgres.thaw()
    return time.monotonic()
