"""What a pack brings to an edition: which of its plans next year's edition takes over, and how.

A pack says it in its `edition.py` (`EDITION`). What is taken is what staff planned: kinds, limits,
drops, events, quizzes, boxes. Nothing of what anybody did: no unit that was granted, no wish, no
attempt, no order.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import PackKind
from app.platform.clock import EARLIEST, LATEST
from app.platform.errors import invalid
from app.shared.campaigns.current import CampaignFacts
from app.shared.identity.callers import Actor

AnyTime = TypeVar("AnyTime", datetime, datetime | None)


@dataclass(frozen=True, slots=True)
class Copying:
    """A copy that is being made: of which edition, into which, and how far its times move, which
    was said by `field`."""

    source_id: UUID
    target: CampaignFacts
    shift: timedelta
    field: str
    actor: Actor
    now: datetime

    def moved(self, at: AnyTime) -> AnyTime:
        """The same moment of the new edition. Raises `InputInvalid` where nothing can be planned
        any more: what is copied may be copied again, and has to stay within reach."""
        if at is None:
            return None
        if not EARLIEST - self.shift <= at < LATEST - self.shift:
            zh = "副本中会有时间不在 1970 至 2199 年之间"
            en = "a time of the copy would not be between 1970 and 2199"
            raise invalid(self.field, zh, en, "time_range")
        return at + self.shift


@dataclass(frozen=True, slots=True)
class EditionPart:
    """A pack's part. `counts`: by name, statements that count for `:campaign` what a copy takes.
    `copy` writes it into the new edition, in the caller's transaction, so that nobody has any
    of it before staff open it."""

    kind: PackKind
    counts: Mapping[str, str]
    copy: Callable[[AsyncSession, Copying], Awaitable[None]]
