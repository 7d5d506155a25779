"""What can be watched, and when: subjects of packs, found by kind and id.

A pack that has something to watch says so in its `presence.py`:

    PRESENCE = (Watched("couplets.event", select(Event.id, Event.live_from, Event.live_to)),)

The three columns are named so. Whoever is there within `[live_from, live_to)` is counted.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.platform.coalescer import Coalescer
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound

# A window that was moved is felt after this long, in seconds of real time.
FRESH_S = 1.0
# A window that is known is not waited for any longer.
PATIENCE_S = 0.5
MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Watched:
    """One kind of subject. `kind` begins with the pack's name."""

    kind: str
    windows: AnySelect


class Subject(NamedTuple):
    """One thing that is watched."""

    kind: str
    id: UUID


class Window(NamedTuple):
    """When it is live: from the first instant up to, and without, the last. Campaign time."""

    live_from: datetime
    live_to: datetime


def by_kind(watched: Iterable[Watched]) -> dict[str, Watched]:
    """Raises `ValueError` where two kinds have one name."""
    found: dict[str, Watched] = {}
    for each in watched:
        if found.setdefault(each.kind, each) is not each:
            raise ValueError(f"two kinds of subjects are called {each.kind}")
    return found


class Windows:
    """One a process: the subjects' windows, asked for together and at most a second old.

    While the books are away, the last that were read go on being believed.
    """

    def __init__(self, sessions: Sessions, watched: Mapping[str, Watched]) -> None:
        self._sessions = sessions
        self._watched = watched
        self._known: dict[Subject, tuple[float, Window]] = {}
        self._asked: Coalescer[Subject, Window] = Coalescer(self._read, most=4096)

    async def find(self, subject: Subject) -> Window:
        """Raises `NotFound`."""
        known = self._known.get(subject)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        if known is None:
            return await self._asked.ask(subject)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._asked.ask(subject)
        except (SQLAlchemyError, OSError, TimeoutError):
            return known[1]

    async def drain(self) -> None:
        """Wait for those who ask (shutdown)."""
        await self._asked.drain()

    async def _read(self, asked: Sequence[Subject]) -> list[Window | BaseException]:
        found = await self._select(set(asked))
        for subject in set(asked) - set(found):
            self._known.pop(subject, None)
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        now = time.monotonic()
        self._known |= {subject: (now, window) for subject, window in found.items()}
        return [found.get(subject) or NotFound() for subject in asked]

    async def _select(self, asked: set[Subject]) -> dict[Subject, Window]:
        found: dict[Subject, Window] = {}
        async with self._sessions() as session:
            for kind in sorted({subject.kind for subject in asked}):
                windows = self._watched[kind].windows.subquery()
                ids = [subject.id for subject in asked if subject.kind == kind]
                rows = await session.execute(
                    select(windows.c.id, windows.c.live_from, windows.c.live_to).where(
                        windows.c.id.in_(ids)
                    )
                )
                found |= {Subject(kind, row.id): Window(*row[1:]) for row in rows}
        return found
