"""Moments at which a test holds a process of the service still, and lets something die.

Nothing in `app` fills `hook`, and no setting can: a test serves the application by a door of its
own (`tests/faults/served.py`). Everywhere else a point is one look at a name, once a batch or
an act, never once a press.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum


class Point(StrEnum):
    """Where a fault may strike."""

    BEFORE_FLUSH = "before_flush"
    IN_FLUSH = "in_flush"
    AFTER_COMMIT = "after_commit"
    BEFORE_FEED = "before_feed"
    IN_REDEMPTION = "in_redemption"
    IN_RETURN = "in_return"


hook: Callable[[Point], Awaitable[None]] | None = None


async def reach(point: Point) -> None:
    """The process is there. Only a test makes anything of it."""
    if hook is not None:
        await hook(point)
