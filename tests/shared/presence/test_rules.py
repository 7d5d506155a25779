"""How viewers are counted over lives, gaps and looks, and how often they are asked: no I/O."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from app.shared.presence import rules
from app.shared.presence.rules import (
    RELEARNT,
    RETURN,
    Count,
    Gap,
    Life,
    Look,
    count_on,
    interval_s,
    is_final,
    merged,
    outside_s,
    spread_s,
)
from app.shared.presence.watched import Window

START = datetime(2027, 1, 30, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=3))
MEMBERS = [uuid5(NAMESPACE_OID, str(number)) for number in range(500)]
NOBODY = Count(START)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def look(minutes: float, life: Life | None) -> Look:
    return Look(int(minutes * 60e6), at(minutes), life)


def life(began: float = 0, **figures: int) -> Life:
    """A life that began so many minutes after the start, and was at its peak then."""
    told = {"early": 0, "later": 0, "present": 0, "members": 0, "peak": 0, **figures}
    told = {"known": told["present"], **told}
    began_us = int(began * 60e6) + 1
    return Life(number=began_us, began_at=at(began), peak_at=at(began), **told)


def counted(*looks: Look) -> tuple[Count, list[Gap]]:
    count, gaps = NOBODY, []
    for each in looks:
        before = count
        count, gap = count_on(count, each, WINDOW)
        gaps += [gap] if gap else []
        for figure in ("members", "joins", "peak", "look_us"):
            assert getattr(count, figure) >= getattr(before, figure), figure
    return count, gaps


@pytest.mark.parametrize(
    ("present", "waited_s", "asked"),
    [
        (0, 0.0, 30),
        (32_000, 0.0, 30),
        (66_000, 0.0, 60),
        (1_000_000, 0.0, 120),
        (0, 0.2, 60),
        (66_000, 0.2, 120),
        (0, 1.0, 120),
    ],
)
def test_the_crowd_is_slowed_by_its_size_and_by_its_waiting(
    present: int, waited_s: float, asked: int
) -> None:
    assert interval_s(present, waited_s) == asked


def test_thirty_two_thousand_viewers_are_not_slowed_and_stay_within_the_rate() -> None:
    assert 32_000 / interval_s(32_000, 0.0) <= rules.MOST_A_SECOND


def test_who_was_slowed_together_does_not_come_back_together() -> None:
    assert {spread_s(30, member) for member in MEMBERS} == {30}
    slowed = {spread_s(60, member) for member in MEMBERS}
    assert len(slowed) > 6
    assert slowed <= set(range(60, 73))
    assert max(spread_s(120, member) for member in MEMBERS) < RETURN.total_seconds()


def test_who_waits_for_the_start_comes_within_the_first_interval_of_it() -> None:
    told = {outside_s(WINDOW, START - timedelta(seconds=100), member) for member in MEMBERS}
    assert min(told) >= 100
    assert max(told) < 130
    assert len(told) > 15
    assert outside_s(WINDOW, START - timedelta(seconds=1), UUID(int=0)) == 30
    assert outside_s(WINDOW, START - timedelta(days=1), UUID(int=0)) == rules.OUTSIDE_S
    assert outside_s(WINDOW, WINDOW.live_to, UUID(int=0)) == rules.OUTSIDE_S


def test_in_the_first_life_everybody_who_came_has_joined() -> None:
    count, gaps = counted(look(1, life(early=90, later=10, present=70, members=95, peak=80)))
    assert (count.joins, count.members, count.present, count.peak) == (100, 95, 70, 80)
    assert (count.peak_at, count.counted_until) == (at(0), at(1))
    assert gaps == []


def test_an_older_look_changes_nothing_whoever_writes_it_when() -> None:
    newer, older = look(9, life(early=50, peak=40)), look(8, life(early=60, peak=60))
    count, _ = count_on(NOBODY, newer, WINDOW)
    assert count_on(count, older, WINDOW) == (count, None)
    assert count_on(count, newer, WINDOW) == (count, None)


def test_after_a_loss_who_goes_on_watching_has_not_joined_again() -> None:
    first = life(0, early=100, later=20, present=110, members=115, peak=112)
    # The same 110 come back; 5 more are new; later 7 join.
    second = life(30, early=115, later=7, present=117, members=125, peak=118)
    count, [gap] = counted(look(29, first), look(40, second))
    assert count.joins == 120 + 5 + 7
    assert (count.members, count.peak, count.peak_at) == (125, 118, at(30))
    assert gap == Gap(at(29), at(30) + RELEARNT)


def test_after_a_loss_the_figures_are_never_too_high_and_stay_what_they_were() -> None:
    first = life(0, early=100, present=90, members=100, peak=100)
    second = life(30, early=40, present=40, members=40, peak=40)
    count, _ = counted(look(29, first), look(31, second))
    assert (count.joins, count.members, count.peak, count.peak_at) == (100, 100, 100, at(0))
    assert count.present == 40


def test_who_was_only_late_when_redis_forgot_has_not_joined_again() -> None:
    """Seven are there, three in a tunnel: all ten are known, and come back."""
    first, second = life(0, early=10, present=7, known=10), life(30, early=10, present=10)
    assert counted(look(29, first), look(31, second))[0].joins == 10


def test_three_lives_are_added_up() -> None:
    count, gaps = counted(
        look(9, life(0, early=10, present=10)),
        look(19, life(10, early=12, present=12)),
        look(29, life(20, early=12, later=3, present=11)),
    )
    assert count.joins == 10 + 2 + 3
    assert [gap.missed_from for gap in gaps] == [at(9), at(19)]


def test_while_redis_knows_nothing_the_gap_grows_from_what_was_seen_last() -> None:
    seen = look(10, life(0, early=5, present=5))
    count, gaps = counted(seen, look(11, None), look(12, None))
    assert gaps == [Gap(at(10), at(11)), Gap(at(10), at(12))]
    assert (count.counted_until, count.joins, count.present) == (at(10), 5, 5)
    again, gap = count_on(count, look(14, life(13, early=6, present=6)), WINDOW)
    assert again.joins == 6
    assert gap == Gap(at(10), at(13) + RELEARNT)


def test_where_nobody_came_nothing_is_missing() -> None:
    count, gaps = counted(look(5, None), look(200, None))
    assert (count.joins, gaps) == (0, [])
    assert is_final(count, WINDOW)


def test_a_figure_is_final_once_it_was_taken_at_the_end_and_nobody_is_there_then() -> None:
    there = life(0, early=5, present=5, members=5, peak=5)
    before, _ = counted(look(179.9, there))
    after, gaps = counted(look(179.9, there), look(180, there))
    assert not is_final(before, WINDOW)
    assert is_final(after, WINDOW)
    assert (before.present, after.present, after.joins, gaps) == (5, 0, 5, [])


def test_what_redis_forgot_before_the_end_was_looked_at_is_missing_up_to_the_end() -> None:
    count, gaps = counted(look(170, life(0, early=5, present=5)), look(190, None))
    assert is_final(count, WINDOW)
    assert gaps == [Gap(at(170), WINDOW.live_to)]


def test_gaps_that_touch_are_one_and_come_in_order() -> None:
    gaps = [Gap(at(9), at(10)), Gap(at(1), at(3)), Gap(at(2), at(2.5)), Gap(at(3), at(4))]
    assert merged(gaps) == (Gap(at(1), at(4)), Gap(at(9), at(10)))
    assert all(one.missed_until < other.missed_from for one, other in pairwise(merged(gaps)))
    assert merged([]) == ()


def test_without_comparing_with_who_was_there_a_loss_would_count_them_twice() -> None:
    """The control: what the rule above stands against."""
    first, second = life(0, early=100, present=100), life(30, early=100, present=100)
    count, _ = counted(look(29, first), look(31, second))
    forgetful = replace(counted(look(29, first))[0], known=0)
    twice, _ = count_on(forgetful, look(31, second), WINDOW)
    assert (count.joins, twice.joins) == (100, 200)
