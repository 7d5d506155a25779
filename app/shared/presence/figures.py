"""The figures as they are shown: the books' and what Redis has counted since, put together."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.platform.clock import Clock
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.platform.redis import RedisAway
from app.shared.presence.books import read_count, read_gaps
from app.shared.presence.missed import Missed
from app.shared.presence.rules import Count, Gap, Look, count_on, is_final, merged
from app.shared.presence.watched import Subject, Window, Windows
from app.shared.presence.wire import Wire

# A figure is no older, in seconds of real time: the promise of every figure of this service.
FRESH_S = 1.0
MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Figures:
    """A subject's viewers as of `as_of` (docs/presence.md has the definitions).

    `present`: at once; None while Redis is away, outside of the window 0. `members` is an
    estimate. `final`: taken after the end, and never another. `missing`: when viewers may be
    missing from all of them, in order.
    """

    window: Window
    as_of: datetime
    present: int | None
    members: int
    joins: int
    peak: int
    peak_at: datetime | None
    final: bool
    missing: tuple[Gap, ...]

    def says_the_same(self, other: "Figures") -> bool:
        """Whether nothing is different but when it was asked."""
        return replace(self, as_of=other.as_of) == other


class LiveFigures:
    """One a process. Whoever asks within a second of another gets the same answer."""

    def __init__(
        self, wire: Wire, windows: Windows, missed: Missed, sessions: Sessions, clock: Clock
    ) -> None:
        self._wire = wire
        self._windows = windows
        self._missed = missed
        self._sessions = sessions
        self._clock = clock
        self._known: dict[Subject, tuple[float, Figures]] = {}
        self._asked: Coalescer[Subject, Figures] = Coalescer(self._read, most=4096)

    async def read(self, subject: Subject) -> Figures:
        """Raises `NotFound`."""
        known = self._known.get(subject)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        return await self._asked.ask(subject)

    async def drain(self) -> None:
        """Wait for those who ask (shutdown)."""
        await self._asked.drain()

    async def _read(self, asked: Sequence[Subject]) -> list[Figures | BaseException]:
        subjects = list(dict.fromkeys(asked))
        now = time.monotonic()
        read = await asyncio.gather(*map(self._put_together, subjects), return_exceptions=True)
        found = dict(zip(subjects, read, strict=True))
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        self._known |= {
            subject: (now, figures)
            for subject, figures in found.items()
            if isinstance(figures, Figures)
        }
        return [found[subject] for subject in asked]

    async def _put_together(self, subject: Subject) -> Figures:
        window = await self._windows.find(subject)
        look = await self._look(subject)
        # After the look: what the books have by then is as new, or newer.
        async with self._sessions() as session:
            kept = await read_count(session, subject)
            gaps = await read_gaps(session, subject)
        now = self._clock.now()
        count = kept[0] if kept else Count(look.at if look else now)
        if look is not None:
            count, gap = count_on(count, look, window)
            gaps += [gap] if gap else []
        is_live = window.live_from <= now < window.live_to
        current = self._missed.gap(subject)
        return Figures(
            window=window,
            as_of=count.counted_until,
            present=(count.present if look else None) if is_live else 0,
            members=count.members,
            joins=count.joins,
            peak=count.peak,
            peak_at=count.peak_at,
            final=is_final(count, window),
            missing=merged([*gaps, *([current] if current else [])]),
        )

    async def _look(self, subject: Subject) -> Look | None:
        try:
            look, _ = await self._wire.look(subject)
        except RedisAway:
            return None
        return look
