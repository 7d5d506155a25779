"""When beacons were not counted: noted at the price of a dictionary, kept in the books.

What one process could not count is written within a second, and again while it lasts, so that
a process that dies in an outage has said that there is one.
"""

import asyncio
import time
from datetime import datetime, timedelta
from typing import TypeGuard

import structlog

from app.platform.clock import Clock
from app.platform.db import Sessions
from app.shared.presence.books import keep_gaps
from app.shared.presence.rules import AWAY_INTERVAL_S, RELEARNT, Gap
from app.shared.presence.watched import Subject

# How long notes gather before they are written, in seconds of real time.
GATHER_S = 1.0
# Who missed one beacon is still known to Redis when the next one comes. In a longer gap some
# missed more, and all who seem to join for a while after it may only have been unheard.
UNHEARD = timedelta(seconds=AWAY_INTERVAL_S)

log = structlog.get_logger(__name__)


def _is_long(gap: Gap | None) -> TypeGuard[Gap]:
    return gap is not None and gap.missed_until - gap.missed_from >= UNHEARD


class Missed:
    """One a process."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._open: dict[Subject, Gap] = {}
        self._waiting: dict[Subject, Gap] = {}
        self._doubtful_until: dict[Subject, float] = {}
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def note(self, subject: Subject) -> None:
        """A beacon was not counted just now. Waits for nothing."""
        self._extend(subject, self._clock.now())

    def counted(self, subject: Subject) -> None:
        """Beacons are counted (again)."""
        gap = self._open.pop(subject, None)
        if not _is_long(gap):
            return
        self._doubtful_until[subject] = time.monotonic() + RELEARNT.total_seconds()
        self._write_soon(subject, Gap(gap.missed_from, self._clock.now() + RELEARNT))

    def is_doubtful(self, subject: Subject) -> bool:
        """Whether who seems to join may only have been unheard."""
        if _is_long(self._open.get(subject)):
            return True
        until = self._doubtful_until.get(subject, 0.0)
        if until <= time.monotonic():
            self._doubtful_until.pop(subject, None)
        return until > time.monotonic()

    def gap(self, subject: Subject) -> Gap | None:
        """What is being missed now."""
        return self._open.get(subject)

    async def drain(self) -> None:
        """Write what was noted so far (shutdown)."""
        while self._writing is not None:
            self._hurry.set()
            await asyncio.shield(self._writing)

    def _extend(self, subject: Subject, now: datetime) -> None:
        known = self._open.get(subject)
        # Campaign time may have been set back.
        since = min(known.missed_from, now) if known else now
        gap = self._open[subject] = Gap(since, now)
        self._write_soon(subject, gap)

    def _write_soon(self, subject: Subject, gap: Gap) -> None:
        self._waiting[subject] = gap
        if self._writing is None:
            self._writing = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                if not await self._write() and self._hurry.is_set():
                    return
        finally:
            self._writing = None
            self._hurry.clear()

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(GATHER_S):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _write(self) -> bool:
        noted, self._waiting = self._waiting, {}
        try:
            async with self._sessions.begin() as session:
                await keep_gaps(session, noted.items())
        except Exception as error:  # noqa: BLE001 - nobody's beacon fails by it, and it waits
            self._waiting = noted | self._waiting
            log.warning("presence_gap_not_kept", subjects=len(noted), error=type(error).__name__)
            return False
        return True
