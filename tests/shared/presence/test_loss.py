"""Redis wiped, Redis gone, two workers at once: the figures stay right, or say what they miss."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.platform.settings import Settings
from app.shared.presence import Copier, Subject, Window, copying, missed, rules, wire
from app.shared.presence.books import lock_subject, read_count, write_count
from app.shared.presence.rules import AWAY_INTERVAL_S, INTERVAL_S, RETURN, count_on
from tests.shared.limits.wire import Wire, listening, through
from tests.shared.presence.audience import (
    EDITIONS,
    KIND,
    Audience,
    Watch,
    members,
    process_by,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("at_once")]

NO_REDIS = "redis://127.0.0.1:1/0"
PATIENCE_S, POLL_S = 20.0, 0.02


async def until(happened: Callable[[], Awaitable[object]]) -> None:
    """It is in another task, or in the books."""
    async with asyncio.timeout(PATIENCE_S):
        while not await happened():  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


async def _is_told(logs: list[Any]) -> bool:
    return any(line["event"] == "presence_gap_not_kept" for line in logs)


async def test_a_wipe_midway_costs_no_member_and_counts_nobody_twice(crowd: Audience) -> None:
    left, *staying = members(10)
    await crowd.hear(left, *staying)
    await crowd.presence.copier.copy()
    copied = await crowd.kept()
    await crowd.redis.flushdb()

    # Nothing to see for a moment, and nothing that was known is forgotten.
    wiped = await crowd.figures()
    assert (wiped.members, wiped.joins, wiped.peak) == (10, 10, 10)
    assert wiped.missing[0].missed_from == copied.counted_until

    # All but one come again, and three new ones.
    await crowd.hear(*staying, *members(3))
    await crowd.presence.copier.copy()
    life = await crowd.redis.hgetall(f"presence:{{{KIND}:{crowd.subject_id}}}:life")
    assert int(life[b"early"]) == 12, "added to the ten they would be twenty-two joins"
    figures = await crowd.figures()
    # Of the twelve that came two at least are new: never too many, by one too few.
    assert (figures.members, figures.joins, figures.peak) == (13, 12, 12)
    [gap] = figures.missing
    assert gap.missed_from == copied.counted_until
    assert gap.missed_until >= figures.as_of
    assert await crowd.gaps() == 1

    # Final figures say so for good.
    await crowd.until_end()
    await crowd.presence.copier.copy()
    assert (await crowd.figures()).missing == (gap,)


async def test_a_wipe_before_anything_was_copied_makes_a_new_beginning(crowd: Audience) -> None:
    await crowd.hear(*members(5))
    await crowd.redis.flushdb()
    viewers = members(4)
    await crowd.hear(*viewers)
    figures = await crowd.figures()
    assert (figures.members, figures.joins) == (4, 4)


async def test_while_redis_is_stopped_everybody_is_answered_and_the_books_say_what_is_missing(
    watch: Watch, settings: Settings
) -> None:
    crowd, relay = await watch(), Wire(settings.redis_url)
    [viewer, other] = members(2)
    async with AsyncExitStack() as closing:
        async with listening(relay.serve) as port:
            presence = await closing.enter_async_context(
                process_by(crowd.rooms, through(settings.redis_url, port))
            )
            assert await crowd.hear(viewer, by=presence) == [INTERVAL_S]
            await presence.copier.copy()
        # Nobody listens on that port any more.
        stopped_at = crowd.rooms.clock.now()
        with capture_logs() as logs:
            told = await crowd.hear(viewer, other, viewer, by=presence)
            assert await presence.copier.copy() == 0
        assert all(AWAY_INTERVAL_S <= each < 1.2 * AWAY_INTERVAL_S for each in told)
        assert [line["event"] for line in logs] == ["presence_away"]
        away = await crowd.figures(by=presence)
        assert (away.present, away.joins, away.members) == (None, 1, 1)
        [gap] = away.missing
        assert stopped_at <= gap.missed_from <= gap.missed_until <= crowd.rooms.clock.now()
        await presence.drain()
        assert await crowd.gaps() == 1

        async with listening(relay.serve, port):
            await crowd.hear(viewer, other, by=presence)
            back = await crowd.figures(by=presence)
        # Redis kept what it had; the viewer was told to wait and is no return.
        assert (back.present, back.joins, back.missing) == (2, 2, (gap,))


async def test_after_a_long_silence_nobody_is_taken_for_a_return(
    watch: Watch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd, relay, viewers = await watch(), Wire(settings.redis_url), members(5)
    async with AsyncExitStack() as closing:
        async with listening(relay.serve) as port:
            presence = await closing.enter_async_context(
                process_by(crowd.rooms, through(settings.redis_url, port))
            )
            await crowd.hear(*viewers, by=presence)
        # Nobody listens on that port any more.
        await crowd.hear(*viewers, by=presence)
        await crowd.later(missed.UNHEARD + RETURN)
        await crowd.hear(*viewers, by=presence)
        async with listening(relay.serve, port):
            await crowd.hear(*viewers, *members(1), by=presence)
            figures = await crowd.figures(by=presence)
            assert (figures.present, figures.joins, figures.members) == (6, 5, 6)
            await presence.drain()
            [gap] = (await crowd.figures(by=presence)).missing
            # Who joins for a while after it may be missing too.
            assert gap.missed_until >= crowd.rooms.clock.now() + RETURN
            # The control: heard by a process that knows of no silence, they have all returned.
            await crowd.later(timedelta(seconds=INTERVAL_S) + RETURN * 2)
            await crowd.hear(*viewers)
            assert (await crowd.figures()).joins == 10


async def test_a_gap_that_the_books_cannot_take_is_kept_until_they_can(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "GATHER_S", 0.02)
    crowd = await watch()
    async with process_by(crowd.rooms, NO_REDIS) as presence:
        async with crowd.rooms.sessions.begin() as session:
            await session.execute(text("ALTER TABLE presence_gap RENAME TO hidden"))
        with capture_logs() as logs:
            await crowd.hear(*members(1), by=presence)
            await until(lambda: _is_told(logs))
        async with crowd.rooms.sessions.begin() as session:
            await session.execute(text("ALTER TABLE hidden RENAME TO presence_gap"))
        await until(crowd.gaps)


async def test_workers_that_copy_at_once_write_one_figure_that_never_falls(
    crowd: Audience,
) -> None:
    rooms = crowd.rooms
    copiers = [
        Copier(wire.Wire(rooms.redis, rooms.clock), rooms.sessions, {KIND: EDITIONS})
        for _ in range(3)
    ]
    seen: list[int] = []
    for _ in range(5):
        await asyncio.gather(
            *(copier.copy() for copier in copiers),
            crowd.hear(*members(4)),
            *(copier.copy() for copier in copiers),
        )
        seen.append((await crowd.kept()).joins)
    assert seen == sorted(seen)
    await crowd.until_end()
    await asyncio.gather(*(copier.copy() for copier in copiers))
    final = await crowd.kept()
    assert (final.joins, final.peak, final.members) == (20, 20, 20)


async def test_control_without_the_lock_an_older_look_undoes_a_newer_one(crowd: Audience) -> None:
    """Two workers as above, the slower one reading the row before the other writes."""
    rooms, subject = crowd.rooms, Subject(KIND, crowd.subject_id)
    window, eyes = Window(crowd.live_from, crowd.live_to), wire.Wire(rooms.redis, rooms.clock)
    await crowd.hear(*members(2))
    old, _ = await eyes.look(subject)
    await crowd.hear(*members(3))
    new, sketch = await eyes.look(subject)
    nothing = rules.Count(crowd.live_from)
    async with rooms.sessions.begin() as session:
        await write_count(session, subject, count_on(nothing, new, window)[0], sketch)
    async with rooms.sessions.begin() as session:
        # What it had read, and not what is there.
        await write_count(session, subject, count_on(nothing, old, window)[0], sketch)
    assert (await crowd.kept()).joins == 2
    await crowd.presence.copier.copy()
    async with rooms.sessions.begin() as session:
        await lock_subject(session, subject)
        kept = await read_count(session, subject)
        assert kept is not None
        assert count_on(kept[0], old, window) == (kept[0], None)
    assert (await crowd.kept()).joins == 5


async def test_a_worker_copies_once_more_when_it_stops(crowd: Audience) -> None:
    await crowd.hear(*members(2))
    async with copying(crowd.presence.copier):
        pass
    assert (await crowd.kept()).joins == 2


async def test_when_the_books_are_gone_as_well_viewers_are_still_counted(
    crowd: Audience,
) -> None:
    viewers = members(2)
    await crowd.hear(*viewers)
    async with crowd.rooms.sessions.begin() as session:
        await session.execute(text("ALTER TABLE campaign RENAME TO hidden"))
    try:
        assert await crowd.hear(*viewers, *members(1)) == [30, 30, 30]
    finally:
        async with crowd.rooms.sessions.begin() as session:
            await session.execute(text("ALTER TABLE hidden RENAME TO campaign"))
    assert (await crowd.figures()).joins == 3
