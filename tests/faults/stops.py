"""How a test holds a process of the service still at a fault point: by files in one folder.

The test lays down a file of the point's name; the first process that comes to the point takes it
(a rename, so there is one first) and stands until its own file is gone.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.platform.fault_points import Point

FOLDER = "FAULT_POINTS_OF_A_TEST"
POLL_S = 0.01
REACHED_S = 20.0


@dataclass(frozen=True)
class Stops:
    folder: Path

    async def stand(self, point: Point) -> None:
        """In the service: stand still if a test has asked for it here."""
        mine = self.folder / f"{point}.{os.getpid()}"
        try:
            (self.folder / point).rename(mine)
        except FileNotFoundError:
            return
        while mine.exists():  # noqa: ASYNC110 (the other side is a test in another process)
            await asyncio.sleep(POLL_S)

    @asynccontextmanager
    async def at(self, point: Point) -> AsyncIterator["Stand"]:
        """In the test: once a process stands there. It goes on at the block's end at the latest."""
        asked = self.folder / point
        asked.touch()
        try:
            async with asyncio.timeout(REACHED_S):
                while not (stands := list(self.folder.glob(f"{point}.*"))):  # noqa: ASYNC110
                    await asyncio.sleep(POLL_S)
            yield Stand(stands[0])
        finally:
            for each in (asked, *self.folder.glob(f"{point}.*")):
                each.unlink(missing_ok=True)


@dataclass(frozen=True)
class Stand:
    """A process that stands still."""

    file: Path

    @property
    def pid(self) -> int:
        return int(self.file.suffix.removeprefix("."))

    def go_on(self) -> None:
        self.file.unlink(missing_ok=True)
