"""A kind of records that are kept for a time, as its pack declares it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.errors import Words

Erase: TypeAlias = Callable[[AsyncSession, datetime, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class RetentionKind:
    """`name` begins with its pack's. `keep_days`: until staff say otherwise, from `starts` on.

    `erase(session, before, most)` erases the oldest whose time began before that, so many at most,
    with everything that hangs on them, and answers how many they were. Two at once must not wait
    for each other (`skip_locked`); it opens no transaction of its own.
    """

    name: str
    title: Words
    starts: Words
    keep_days: int
    erase: Erase


class RetentionKinds(tuple[RetentionKind, ...]):
    """All that there are; a room of the process."""

    __slots__ = ()
