"""Opening hours as people write them."""

import pytest

from app.shared.identity.hours import read_hours, write_minutes


@pytest.mark.parametrize(
    ("opens", "closes", "minutes"),
    [
        ("06:00", "24:00", (360, 1440)),
        ("06:30", "22:00", (390, 1320)),
        ("18:00", "02:00", (1080, 1560)),
        ("00:00", "00:00", (0, 1440)),
        ("06:00", "06:00", (360, 1800)),
        ("23:59", "00:00", (1439, 1440)),
    ],
)
def test_hours_may_reach_past_midnight(opens: str, closes: str, minutes: tuple[int, int]) -> None:
    assert read_hours(opens, closes) == minutes
    assert write_minutes(minutes[0]) == opens
    assert write_minutes(minutes[1]) == ("24:00" if minutes[1] == 1440 else closes)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("24:00", "06:00"), ("6:00", "22:00"), ("06:00", "24:01"), ("06:60", "22:00"), ("", "")],
)
def test_what_is_no_time_of_day_is_refused(opens: str, closes: str) -> None:
    with pytest.raises(ValueError, match=r"24:00"):
        read_hours(opens, closes)
