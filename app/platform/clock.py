"""The campaign's time: the real time plus the deployment's offset.

Windows, days, expiry and every `*_at` are judged by `Clock`. Tokens, back-off,
freshness and rate limits run on real time and do not come here. The offset is
one row of the database (`app/models/platform.py`); every process follows it
(`app/platform/pulse.py`), and functions of the database read it themselves.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
# What can be planned lies between these. A till without a battery believes in 1970, in its own
# time zone; what it scanned still counts.
EARLIEST = datetime(1969, 12, 31, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Clock:
    """One a process. `offset` is moved by the pulse alone."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Campaign time, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def today(self) -> date:
        """The Shanghai day of `now`."""
        return shanghai_day(self.now())


def shanghai_day(at: datetime) -> date:
    """The day in Asia/Shanghai that the instant falls in."""
    return at.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """00:00 Shanghai of the day, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_end(day: date) -> datetime:
    """24:00 Shanghai of the day: the first instant that is no longer in it."""
    return day_start(day + timedelta(days=1))
