"""Plays that are killed midway, and played again on the same deployment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from app.replay.figures import Figure
from app.replay.stage import Stage
from app.routers.rooms import Rooms
from app.shared.outbox import Runner, bind
from app.worker import find_handlers
from tests.replay.stages import Nobody

Play = Callable[[Stage], Awaitable[list[Figure]]]


class Killed(Exception):
    pass


class Mortal(Nobody):
    """Whoever watches this play sees it die when a scene begins."""

    def __init__(self, last_scene: str) -> None:
        super().__init__()
        self._last_scene = last_scene

    def scene(self, words: str) -> None:
        if words == self._last_scene:
            raise Killed


@asynccontextmanager
async def a_worker(rooms: Rooms) -> AsyncIterator[None]:
    """What falls due is done, as beside any service."""
    stop = asyncio.Event()
    working = asyncio.create_task(
        Runner(rooms.sessions, bind(find_handlers(), rooms), clock=rooms.clock).run(stop)
    )
    yield
    stop.set()
    await working


async def played_again_after_a_kill(hall: Stage, play: Play, last_scene: str) -> dict[str, int]:
    moments = list[datetime]()

    async def move_clock(moment: datetime) -> None:
        moments.append(moment)
        await hall.move_clock(moment)

    with pytest.raises(Killed):
        await play(replace(hall, move_clock=move_clock, progress=Mortal(last_scene)))
    watcher = Nobody()

    figures = await play(replace(hall, move_clock=move_clock, progress=watcher))

    assert not hall.surprises.seen, str(hall.surprises)
    missed = [figure for figure in figures if not figure.is_reached]
    assert not missed, str(missed)
    assert moments == sorted(moments)
    assert watcher.taken == watcher.steps
    return {figure.name: figure.reached for figure in figures}
