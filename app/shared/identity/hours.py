"""Opening hours: texts at the edge, minutes of the Shanghai day inside. Pure."""

import re

DAY_MINUTES = 24 * 60
_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


def read_hours(opens: str, closes: str) -> tuple[int, int]:
    """Minutes of the day on which the store opens; closing may lie past midnight.

    `06:00`–`24:00` is 360–1440, `18:00`–`02:00` is 1080–1560, and equal times
    are round the clock. Raises `ValueError`.
    """
    start, end = _minutes(opens), _minutes(closes)
    if start >= DAY_MINUTES:
        raise ValueError("a store opens before 24:00")
    return start, end if end > start else end + DAY_MINUTES


def write_minutes(minutes: int) -> str:
    """`360` → `06:00`, `1440` → `24:00`, `1560` (02:00 of the next day) → `02:00`."""
    if minutes > DAY_MINUTES:
        minutes -= DAY_MINUTES
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None or text > "24:00":
        raise ValueError("a time of day is 00:00 to 24:00")
    return int(match[1]) * 60 + int(match[2])
