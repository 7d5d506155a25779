"""Quiet hours run over midnight, by the clock of Shanghai."""

from datetime import UTC, datetime, timedelta

import pytest

from app.platform.clock import SHANGHAI
from app.shared.notices import quiet_until

DAY = datetime(2023, 1, 5, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("00:00", "08:00"),
        ("07:59", "08:00"),
        ("08:00", None),
        ("12:00", None),
        ("21:59", None),
        ("22:00", "32:00"),
        ("23:59", "32:00"),
    ],
)
def test_from_ten_at_night_to_eight_in_the_morning(clock: str, until: str | None) -> None:
    assert quiet_until(_at(clock)) == (_at(until) if until else None)
    assert quiet_until(_at(clock).astimezone(UTC)) == (_at(until) if until else None)


def _at(clock: str) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    return DAY + timedelta(hours=hours, minutes=minutes)
