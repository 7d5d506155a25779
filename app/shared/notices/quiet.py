"""Quiet hours: from 22:00 to 08:00 Shanghai, campaign time, nobody's phone is disturbed."""

from datetime import datetime, time, timedelta

from app.platform.clock import SHANGHAI

QUIET_FROM, QUIET_UNTIL = time(22), time(8)


def quiet_until(now: datetime) -> datetime | None:
    """When the quiet hours that it is in end; None outside them."""
    here = now.astimezone(SHANGHAI)
    if QUIET_UNTIL <= here.time() < QUIET_FROM:
        return None
    morning = here.date() + timedelta(days=1 if here.time() >= QUIET_FROM else 0)
    return datetime.combine(morning, QUIET_UNTIL, SHANGHAI)
