"""How viewers are counted, and how often they are asked to say that they are there: pure.

The figures are `DEFINITIONS`, each of the time within the subject's window alone
(docs/presence.md). An absence shorter than `RETURN` is a tunnel, a call, a lost beacon.

Redis counts them in a *life*: from when it knows nothing to when it has forgotten. The books
add lives up. Whoever goes on watching after Redis has forgotten looks like one who joins; so of
those who come within `RELEARNT` of a later life's beginning only as many are joins as exceed
those whom Redis knew when the books last looked. Figures are not too high by it; `missing`
says when they may be too low.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.platform.errors import Words
from app.shared.presence.watched import Window

DEFINITIONS: dict[str, Words] = {
    "present": Words(
        "同时在看：下一次心跳逾期不超过 30 秒的会员；无法得知时为空，未开始或已结束为 0",
        "at once: members whose next beacon is no more than 30 s overdue; null while that cannot "
        "be known, 0 before the start and after the end",
    ),
    "members": Words(
        "观看人数：不同会员数，估计值，标准误差 0.8%",
        "different members; an estimate, its standard error 0.8 %",
    ),
    "joins": Words(
        "观看人次：首次心跳计一次；下一次心跳应到而逾期 3 分钟以上再来，另计一次",
        "joins: a member's first beacon, and each that comes 3 minutes or more after it was due",
    ),
    "peak": Words("同时在看的最高人数", "the most at once"),
}

# How often a phone says that it is there, in seconds: calm, and under load.
INTERVAL_S, LONGEST_INTERVAL_S = 30, 120
# While Redis is away. Who missed one beacon, and waited so long, is no return.
AWAY_INTERVAL_S = 60
# While nothing is counted: before the start and after the end.
OUTSIDE_S = 600
# Beacons a second that the crowd is held to, all processes together.
MOST_A_SECOND = 1_100
# Waits are spread by up to a fifth, where everybody would come back together.
SPREAD = 5

LATE = timedelta(seconds=30)
RETURN = timedelta(seconds=180)
# The next beacon is due within so many seconds, whatever was told.
LATEST_DUE_S = LONGEST_INTERVAL_S + LONGEST_INTERVAL_S // SPREAD
# So long after it began, a life knows everybody whom the one before it knew.
RELEARNT = RETURN + timedelta(seconds=LATEST_DUE_S)

# How long a beacon waits for its count, smoothed, in seconds: calm up to the first, busy up to
# the second.
CALM_S, BUSY_S = 0.1, 0.4


def interval_s(present: int, waited_s: float) -> int:
    """How soon the next beacon is wanted, in seconds, with so many there and such a wait."""
    shared = max(INTERVAL_S, math.ceil(present / MOST_A_SECOND))
    slower = 1 if waited_s < CALM_S else 2 if waited_s < BUSY_S else 4
    return min(LONGEST_INTERVAL_S, shared * slower)


def spread_s(interval: int, member_id: UUID) -> int:
    """The interval for one member: the same for all when it is the usual, else spread out, so
    that those who were slowed together do not come back together."""
    return interval if interval <= INTERVAL_S else interval + member_id.int % (interval // SPREAD)


def outside_s(window: Window, now: datetime, member_id: UUID) -> int:
    """Before the start: to come within the first interval of it. After the end: no hurry."""
    until_start = math.ceil((window.live_from - now).total_seconds())
    if not 0 < until_start <= OUTSIDE_S:
        return spread_s(OUTSIDE_S, member_id)
    return max(INTERVAL_S, until_start + member_id.int % INTERVAL_S)


@dataclass(frozen=True, slots=True)
class Gap:
    """Viewers may be missing from `[missed_from, missed_until]`."""

    missed_from: datetime
    missed_until: datetime


@dataclass(frozen=True, slots=True)
class Life:
    """What Redis counted since it knows of the subject.

    `number` orders lives: when it began, in microseconds of Redis's own time. `early`: joins
    within `RELEARNT` of the beginning; `later`: those after. When it was looked at, `present`
    were there at once, and `known` there or gone for less than `RETURN`.
    """

    number: int
    began_at: datetime
    early: int
    later: int
    present: int
    known: int
    members: int
    peak: int
    peak_at: datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """Redis looked at: when, by its own clock (`at_us`, to tell which look is newer) and in
    campaign time (`at`); `life` is None where it knows nothing of the subject."""

    at_us: int
    at: datetime
    life: Life | None


@dataclass(frozen=True, slots=True)
class Count:
    """The figures as of `counted_until`, with what is needed to go on counting.

    `joins_before`, `known_before`: as they stood when the present life was first seen.
    """

    counted_until: datetime
    look_us: int = 0
    life: int | None = None
    present: int = 0
    known: int = 0
    members: int = 0
    joins: int = 0
    peak: int = 0
    peak_at: datetime | None = None
    joins_before: int = 0
    known_before: int = 0


def count_on(count: Count, look: Look, window: Window) -> tuple[Count, Gap | None]:
    """The figures after a look, and the gap that it reveals, if one.

    A look older than the last one changes nothing. Members, joins and peak never fall.
    """
    if look.at_us <= count.look_us:
        return count, None
    if look.life is None:
        return _without_life(count, look, window)
    gap = None
    if look.life.number != count.life:
        if count.life is not None:
            gap = _gap(count, look.life.began_at + RELEARNT, window)
        count = replace(
            count,
            life=look.life.number,
            joins_before=count.joins,
            known_before=count.known,
        )
    return _with_life(count, look, look.life, window), gap


def _with_life(count: Count, look: Look, life: Life, window: Window) -> Count:
    joins = count.joins_before + max(0, life.early - count.known_before) + life.later
    is_higher = life.peak > count.peak
    return replace(
        count,
        counted_until=look.at,
        look_us=look.at_us,
        present=life.present if look.at < window.live_to else 0,
        known=life.known,
        members=max(count.members, life.members),
        joins=max(count.joins, joins),
        peak=life.peak if is_higher else count.peak,
        peak_at=life.peak_at if is_higher else count.peak_at,
    )


def _without_life(count: Count, look: Look, window: Window) -> tuple[Count, Gap | None]:
    """Nobody was there yet; or Redis has forgotten, and counts from the next beacon."""
    if count.life is None:
        return replace(count, counted_until=look.at, look_us=look.at_us), None
    gap = _gap(count, look.at, window)
    if look.at < window.live_to:
        # As of the last look that saw something: what was there then is compared with later.
        return replace(count, look_us=look.at_us), gap
    return replace(count, counted_until=look.at, look_us=look.at_us, present=0), gap


def _gap(count: Count, until: datetime, window: Window) -> Gap | None:
    until = min(until, window.live_to)
    return Gap(count.counted_until, until) if count.counted_until < until else None


def is_final(count: Count, window: Window) -> bool:
    """Looked at after the end, when nothing more is counted."""
    return count.counted_until >= window.live_to


def merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """In order, those that touch made one."""
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda each: each.missed_from):
        if found and gap.missed_from <= found[-1].missed_until:
            until = max(found[-1].missed_until, gap.missed_until)
            found[-1] = Gap(found[-1].missed_from, until)
        else:
            found.append(gap)
    return tuple(found)
