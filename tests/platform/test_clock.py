"""Campaign time and Shanghai's days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.clock import Clock, day_end, day_start, shanghai_day

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2023-01-04T15:59:59+00:00", date(2023, 1, 4)),
        ("2023-01-04T16:00:00+00:00", date(2023, 1, 5)),
        ("2023-01-05T00:00:00+08:00", date(2023, 1, 5)),
        ("2023-01-05T23:59:59+08:00", date(2023, 1, 5)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(utc: str, day: date) -> None:
    assert shanghai_day(datetime.fromisoformat(utc)) == day


@given(INSTANTS)
def test_every_instant_lies_in_its_day_and_days_touch(at: datetime) -> None:
    day = shanghai_day(at)
    assert day_start(day) <= at < day_end(day)
    assert day_end(day) == day_start(day + timedelta(days=1))


def test_a_moved_clock_is_off_by_its_offset_and_speaks_utc() -> None:
    still, moved = Clock(), Clock(timedelta(days=3))
    before, between, after = still.now(), moved.now(), still.now()
    assert before <= between - timedelta(days=3) <= after
    assert between.tzinfo is UTC
    assert moved.today() in {shanghai_day(between), shanghai_day(moved.now())}
