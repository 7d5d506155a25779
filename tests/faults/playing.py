"""One cell of the matrix: a fault in the middle of a rush, and all is well afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from tests.faults.aftermath import Bystanders, assert_books
from tests.faults.callers import Callers, Heard, callers
from tests.faults.matrix import Cell, Rush
from tests.faults.rig import Rig

# Promised: four. A machine that does other things as well may be late; what waits for a lost
# server without a limit of its own would wait for as long as the outage lasts, and fail here.
ANSWERED_S = 8.0
RESUMED_S = 10.0
WATCHERS, LOOK_S = 4, 0.1


async def play(rig: Rig, cell: Cell, *, forgets_keys: bool = False) -> Heard:
    """What callers heard; everything that must hold is asserted."""
    async with rig.factory() as make:
        rush, bystanders = await cell.rush.prepare(make), await Bystanders.prepare(make)
    await rig.service.start_missing()
    rig.service.forget_complaints()
    await bystanders.until_known(rig)
    async with callers(rig.service.urls, forgets_keys=forgets_keys) as crowd:
        heard = await strike(rig, rush, cell, crowd)
        assert set(heard.attempts) <= rush.told | cell.fault.excuses, heard.attempts
        assert heard.longest_s < ANSWERED_S
        async with rig.factory() as make:
            await rush.assert_kept(make.rooms, crowd)
            await bystanders.assert_all_well(rig)
            await assert_books(rig, make)
    return heard


async def strike(rig: Rig, rush: Rush, cell: Cell, crowd: Callers) -> Heard:
    """Let the fault strike in the middle of the load; both come to their ends."""
    async with asyncio.TaskGroup() as group:
        load = group.create_task(rush.load(crowd))
        await crowd.heard.until_yes(rush.strikes_at)
        async with rig.stops.at(cell.point) as stand, _watched(rush, crowd):
            back_at = await cell.fault(rig, stand, crowd.heard)
            resumed_s = await crowd.heard.resumed_s(back_at)
        await load
    assert resumed_s < RESUMED_S
    return crowd.heard


@asynccontextmanager
async def _watched(rush: Rush, crowd: Callers) -> AsyncIterator[None]:
    """Meanwhile what was answered is asked again and again, so that no silence goes unseen."""
    turns, is_over = count(), asyncio.Event()

    async def look() -> None:
        while not is_over.is_set():
            await rush.again(crowd, next(turns))
            await asyncio.sleep(LOOK_S)

    async with asyncio.TaskGroup() as watchers:
        for _ in range(WATCHERS):
            watchers.create_task(look())
        yield
        is_over.set()
