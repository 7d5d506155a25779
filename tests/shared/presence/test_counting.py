"""Beacons of viewers, and the figures that become of them: real Redis, real books."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.presence import rules, watched, wire
from app.shared.presence.rules import LATE, RETURN
from tests.shared.limits.wire import Wire, listening, through
from tests.shared.presence.audience import (
    EDITIONS,
    KIND,
    Audience,
    Watch,
    members,
    process,
    process_by,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("at_once")]

INTERVAL = timedelta(seconds=rules.INTERVAL_S)
# Between an edge and a step beside it: more than a busy machine takes from one line to the next.
BESIDE = timedelta(seconds=8)


@contextmanager
def statements(rooms: Rooms) -> Iterator[list[str]]:
    """What the process asks the books within the block."""
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    event.listen(rooms.engine.sync_engine, "before_cursor_execute", note)
    yield asked
    event.remove(rooms.engine.sync_engine, "before_cursor_execute", note)


async def test_members_joins_and_the_peak_are_counted_and_end_in_the_books(
    crowd: Audience,
) -> None:
    wang, li, zhao = members(3)
    began_at = crowd.rooms.clock.now()
    assert await crowd.hear(wang, li, wang) == [30, 30, 30]
    figures = await crowd.figures()
    assert (figures.present, figures.members, figures.joins, figures.peak) == (2, 2, 2, 2)
    assert figures.peak_at is not None
    assert began_at <= figures.peak_at <= figures.as_of <= crowd.rooms.clock.now()
    assert (figures.final, figures.missing) == (False, ())

    # Both go; one comes back after a while, with a third.
    await crowd.later(INTERVAL + RETURN + BESIDE)
    assert (await crowd.figures()).present == 0
    await crowd.hear(wang, zhao)
    later = await crowd.figures()
    assert (later.present, later.members, later.joins, later.peak) == (2, 3, 4, 2)
    assert later.peak_at == figures.peak_at

    assert await crowd.presence.copier.copy() == 1
    await crowd.until_end()
    assert await crowd.presence.copier.copy() == 1
    final = await crowd.kept()
    assert (final.members, final.joins, final.peak, final.peak_at) == (3, 4, 2, figures.peak_at)
    assert (final.present, final.sketch) == (0, None)
    assert final.counted_until >= crowd.live_to
    # Nothing is left to copy, and what Redis loses from now on is no loss.
    assert await crowd.presence.copier.copy() == 0
    await crowd.redis.flushdb()
    shown = await crowd.figures()
    assert (shown.members, shown.joins, shown.peak, shown.present) == (3, 4, 2, 0)
    assert (shown.final, shown.missing) == (True, ())


async def test_who_is_late_is_no_longer_there_and_who_comes_back_late_has_joined_again(
    crowd: Audience,
) -> None:
    [viewer] = members(1)
    await crowd.hear(viewer)
    await crowd.later(INTERVAL + LATE - BESIDE)
    assert (await crowd.figures()).present == 1
    await crowd.later(2 * BESIDE)
    assert (await crowd.figures()).present == 0
    # A tunnel: gone, and back before it is a return.
    await crowd.later(RETURN - LATE - 2 * BESIDE)
    await crowd.hear(viewer)
    back = await crowd.figures()
    assert (back.present, back.joins) == (1, 1)
    await crowd.later(INTERVAL + RETURN + BESIDE)
    await crowd.hear(viewer)
    again = await crowd.figures()
    assert (again.present, again.joins, again.members) == (1, 2, 1)


async def test_only_what_happens_within_the_window_counts(watch: Watch) -> None:
    crowd = await watch(starts_in=timedelta(minutes=2))
    viewer, other = members(2)
    [told] = await crowd.hear(viewer)
    assert 90 < told <= 150
    assert (await crowd.figures()).joins == 0
    await crowd.later(timedelta(minutes=3))
    assert await crowd.hear(viewer) == [30]
    await crowd.until_end()
    [told] = await crowd.hear(other)
    assert told >= rules.OUTSIDE_S
    ended = await crowd.figures()
    assert (ended.present, ended.joins, ended.final) == (0, 1, True)
    await crowd.presence.copier.copy()
    # The session is prolonged: it is no longer final, and goes on from what was counted.
    await crowd.move_end(crowd.live_to + timedelta(minutes=10))
    await crowd.hear(other)
    longer = await crowd.figures()
    assert (longer.present, longer.joins, longer.final) == (1, 2, False)
    await crowd.presence.copier.copy()
    assert (await crowd.kept()).joins == 2


async def test_redis_judges_the_window_too_because_its_clock_counts(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that believes in the window of a second ago counts nothing past the end."""
    await crowd.hear(*members(2))
    monkeypatch.setattr(watched, "FRESH_S", 3600.0)
    await crowd.move_end(crowd.rooms.clock.now())
    subject, window = watched.Subject(KIND, crowd.subject_id), await _window(crowd)
    beacons = [wire.Beacon(each, 30) for each in members(3)]
    redis_wire = wire.Wire(crowd.redis, crowd.rooms.clock)
    assert await redis_wire.count(subject, window, beacons, doubtful=False) == 2
    assert (await crowd.redis.zcard(f"presence:{{{KIND}:{crowd.subject_id}}}:due")) == 2


async def _window(crowd: Audience) -> watched.Window:
    windows = watched.Windows(crowd.rooms.sessions, {KIND: EDITIONS})
    return await windows.find(watched.Subject(KIND, crowd.subject_id))


async def test_a_clock_that_is_set_back_leaves_nobody_there_for_hours(crowd: Audience) -> None:
    await crowd.later(timedelta(minutes=50))
    await crowd.hear(*members(3))
    await crowd.later(timedelta(minutes=-40))
    await crowd.hear(*members(1))
    figures = await crowd.figures()
    assert (figures.present, figures.joins) == (1, 4)


async def test_what_nobody_can_watch_is_not_found(crowd: Audience) -> None:
    with pytest.raises(NotFound):
        await crowd.presence.hear(KIND, new_id(), new_id())
    with pytest.raises(NotFound):
        await crowd.presence.figures(KIND, new_id())


async def test_three_hundred_at_once_are_a_few_calls_of_redis_and_none_of_the_books(
    watch: Watch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd, counting = await watch(), Wire(settings.redis_url)
    async with (
        listening(counting.serve) as port,
        process_by(crowd.rooms, through(settings.redis_url, port)) as presence,
    ):
        await crowd.hear(*members(1), by=presence)
        monkeypatch.setattr(watched, "FRESH_S", 3600.0)
        before = counting.calls
        with statements(crowd.rooms) as asked:
            await asyncio.gather(
                *(presence.hear(KIND, crowd.subject_id, each) for each in members(300))
            )
        together = counting.calls - before
        # The control: one after the other, each is a call of its own.
        await crowd.hear(*members(20), by=presence)
        alone = counting.calls - before - together
    assert together <= 3
    assert asked == []
    assert alone == 20
    figures = await crowd.figures()
    assert (figures.joins, figures.present) == (321, 321)
    assert 310 <= figures.members <= 332


async def test_two_processes_count_as_one(crowd: Audience) -> None:
    other, viewers = process(crowd.rooms), members(20)
    await asyncio.gather(
        *(
            each.hear(KIND, crowd.subject_id, viewer)
            for viewer in viewers
            for each in (crowd.presence, other)
        )
    )
    for each in (crowd.presence, other):
        figures = await crowd.figures(by=each)
        assert (figures.joins, figures.present, figures.peak) == (20, 20, 20)


async def test_a_crowd_that_is_too_large_is_asked_less_often(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_A_SECOND", 0.05)
    told = await crowd.hear(*members(6))
    assert told[0] == 30
    assert 60 <= told[3] < 72
    assert 100 <= told[5] <= 120


async def test_a_crowd_that_waits_for_its_count_is_asked_less_often(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "CALM_S", 0.000_001)
    monkeypatch.setattr(rules, "BUSY_S", 3600.0)
    first, second = await crowd.hear(*members(2))
    assert first == 30
    assert 60 <= second < 72


async def test_who_joins_long_after_the_beginning_is_counted_apart_and_with_the_others(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lives keep them apart (`early`, `later`), because after a loss only the latter are sure."""
    await crowd.hear(*members(2))
    monkeypatch.setattr(wire, "RELEARNT", timedelta())
    await crowd.hear(*members(3))
    life = await crowd.redis.hgetall(f"presence:{{{KIND}:{crowd.subject_id}}}:life")
    assert (life[b"early"], life[b"later"]) == (b"2", b"3")
    assert (await crowd.figures()).joins == 5
