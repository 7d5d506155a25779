"""This room's wire to Redis: three scripts. Where it is away, these beacons were not counted, or
may not have been."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from redis.asyncio import Redis

from app.platform.clock import Clock
from app.platform.redis import RedisCalls
from app.shared.presence.rules import LATE, LATEST_DUE_S, RELEARNT, RETURN, Life, Look
from app.shared.presence.watched import Subject, Window

LUA = Path(__file__).parent / "lua"
# A beacon waits no longer.
DEADLINE_S = 0.5
# How long Redis keeps a subject after its last beacon, in seconds: the books have long copied it.
KEPT_S = 7 * 86_400

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


class Beacon(NamedTuple):
    """`next_in_s`: how soon the member was told to send its next one."""

    member_id: UUID
    next_in_s: int


class Wire:
    """One a process."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._scripts = {
            name: redis.register_script((LUA / f"{name}.lua").read_text())
            for name in ("beacons", "look", "restore")
        }
        self._calls = RedisCalls(
            lambda error: log.warning("presence_away", error=type(error).__name__)
        )

    async def count(
        self, subject: Subject, window: Window, beacons: Sequence[Beacon], *, doubtful: bool
    ) -> int:
        """How many are there at once, with these. Raises `RedisAway`.

        `doubtful`: those of them who seem to join may only have been unheard; they count as
        none. A beacon outside the window, by Redis's time, counts for nothing.
        """
        arguments: list[Any] = [
            self._clock.offset // MICROSECOND,
            (window.live_from - EPOCH) // MICROSECOND,
            (window.live_to - EPOCH) // MICROSECOND,
            LATE // MICROSECOND,
            RETURN // MICROSECOND,
            RELEARNT // MICROSECOND,
            int(doubtful),
            LATEST_DUE_S * 1_000_000,
            KEPT_S,
        ]
        for beacon in beacons:
            arguments += (beacon.member_id.bytes, beacon.next_in_s * 1_000_000)
        return int(await self._run("beacons", _keys(subject), arguments))

    async def look(self, subject: Subject) -> tuple[Look, bytes | None]:
        """What is counted now, and the members as a sketch. Raises `RedisAway`."""
        times = (self._clock.offset, LATE, RETURN)
        arguments = [each // MICROSECOND for each in times]
        found = await self._run("look", _keys(subject), arguments)
        at_us, at, *life = found
        if not life:
            return Look(int(at_us), _instant(at), None), None
        began, began_at, early, later, peak, peak_at, present, known, members, sketch = life
        return Look(
            int(at_us),
            _instant(at),
            Life(
                number=int(began),
                began_at=_instant(began_at),
                early=int(early),
                later=int(later),
                present=int(present),
                known=int(known),
                members=int(members),
                peak=int(peak),
                peak_at=_instant(peak_at) if peak_at else None,
            ),
        ), sketch

    async def restore(self, subject: Subject, life: int, sketch: bytes) -> None:
        """Tell a life who was there before it. Raises `RedisAway`."""
        keys = [*_keys(subject), f"{_tag(subject)}:restored"]
        await self._run("restore", keys, [life, sketch])

    async def _run(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        return await self._calls.ask(self._scripts[script](keys, arguments), deadline_s=DEADLINE_S)


def _tag(subject: Subject) -> str:
    # One hash tag: in a cluster the keys of one call must live in one slot.
    return f"presence:{{{subject.kind}:{subject.id}}}"


def _keys(subject: Subject) -> list[str]:
    tag = _tag(subject)
    return [f"{tag}:life", f"{tag}:due", f"{tag}:members"]


def _instant(written: bytes) -> datetime:
    return EPOCH + int(written) * MICROSECOND
