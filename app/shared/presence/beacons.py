"""Beacons: who is there just now, counted together, one round trip for all who wait."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from app.platform.clock import Clock
from app.platform.coalescer import Coalescer
from app.platform.errors import TemporarilyUnavailable
from app.platform.redis import RedisAway
from app.shared.presence import rules
from app.shared.presence.missed import Missed
from app.shared.presence.rules import AWAY_INTERVAL_S
from app.shared.presence.watched import Subject, Window, Windows
from app.shared.presence.wire import Beacon, Wire

AT_ONCE = 256
QUEUE = 8_192
# How much of the smoothed wait a new one is.
SMOOTHING = 0.1
# Of how many subjects it is remembered how many are there.
MOST_REMEMBERED = 1_000


class _Waiting(NamedTuple):
    subject: Subject
    window: Window
    beacon: Beacon


class Beacons:
    """One a process."""

    def __init__(self, wire: Wire, windows: Windows, missed: Missed, clock: Clock) -> None:
        self._wire = wire
        self._windows = windows
        self._missed = missed
        self._clock = clock
        self._present: dict[Subject, int] = {}
        self._waited_s = 0.0
        self._rounds: Coalescer[_Waiting, None] = Coalescer(self._count, most=AT_ONCE, queue=QUEUE)

    async def hear(self, subject: Subject, member_id: UUID) -> int:
        """The member is there. Answers in how many seconds its next beacon is wanted.

        Counted when this returns, unless Redis is away: then it is noted as missing, the next
        one is wanted later, and nobody fails. Raises `NotFound` where there is nothing to watch.
        """
        window = await self._windows.find(subject)
        now = self._clock.now()
        if not window.live_from <= now < window.live_to:
            return rules.outside_s(window, now, member_id)
        interval = rules.interval_s(self._present.get(subject, 0), self._waited_s)
        beacon = Beacon(member_id, rules.spread_s(interval, member_id))
        asked_at = time.monotonic()
        try:
            await self._rounds.ask(_Waiting(subject, window, beacon))
        except (RedisAway, TemporarilyUnavailable):
            self._missed.note(subject)
            return rules.spread_s(AWAY_INTERVAL_S, member_id)
        # The rush next door shows in it as well: whatever keeps this process busy makes it longer.
        self._waited_s += SMOOTHING * (time.monotonic() - asked_at - self._waited_s)
        return beacon.next_in_s

    async def drain(self) -> None:
        """Count those who wait (shutdown)."""
        await self._rounds.drain()

    async def _count(self, waiting: Sequence[_Waiting]) -> list[BaseException | None]:
        by_subject: dict[tuple[Subject, Window], list[Beacon]] = defaultdict(list)
        for each in waiting:
            by_subject[each.subject, each.window].append(each.beacon)
        outcomes = await asyncio.gather(
            *(self._count_at(*where, beacons) for where, beacons in by_subject.items()),
            return_exceptions=True,
        )
        outcome_at = dict(zip(by_subject, outcomes, strict=True))
        return [outcome_at[each.subject, each.window] for each in waiting]

    async def _count_at(self, subject: Subject, window: Window, beacons: list[Beacon]) -> None:
        doubtful = self._missed.is_doubtful(subject)
        present = await self._wire.count(subject, window, beacons, doubtful=doubtful)
        self._missed.counted(subject)
        if len(self._present) >= MOST_REMEMBERED:
            self._present.clear()
        self._present[subject] = present
