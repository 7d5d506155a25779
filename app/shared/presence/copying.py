"""Figures into the books: every few seconds while something is live, and once after its end.

Any number of workers may do it at once. A figure is written under a lock, from what the books
have and the newest look at Redis (`rules.count_on`), so it is the same whoever writes it.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.presence import PresenceFigure
from app.platform.db import Sessions
from app.platform.redis import RedisAway
from app.platform.rounds import in_rounds
from app.shared.presence.books import (
    keep_final,
    keep_gaps,
    lock_subject,
    read_count,
    write_count,
)
from app.shared.presence.rules import Count, count_on, is_final
from app.shared.presence.watched import Subject, Watched, Window
from app.shared.presence.wire import Wire

# So much is lost of members who came and went, at most, when Redis forgets; seconds of real time.
PERIOD_S = 5.0
# How long after its end a subject is still looked for, in campaign time.
LOOKED_FOR = timedelta(days=2)


class Copier:
    """One a process."""

    def __init__(self, wire: Wire, sessions: Sessions, watched: Mapping[str, Watched]) -> None:
        self._wire = wire
        self._sessions = sessions
        self._watched = watched

    async def copy(self) -> int:
        """Every subject that is live, or over and not final in the books yet; how many."""
        async with self._sessions() as session:
            due = [each for kind in self._watched.values() for each in await _due(session, kind)]
        copied = 0
        for subject, window in due:
            with suppress(RedisAway):
                await self._copy(subject, window)
                copied += 1
        return copied

    async def _copy(self, subject: Subject, window: Window) -> None:
        look, sketch = await self._wire.look(subject)
        async with self._sessions() as session:
            kept = await read_count(session, subject)
        if kept and kept[1] and look.life and look.life.number != kept[0].life:
            await self._wire.restore(subject, look.life.number, kept[1])
            look, sketch = await self._wire.look(subject)
        async with self._sessions.begin() as session:
            await lock_subject(session, subject)
            kept = await read_count(session, subject)
            count = kept[0] if kept else Count(look.at)
            counted, gap = count_on(count, look, window)
            if counted is count:
                return
            if gap is not None:
                await keep_gaps(session, [(subject, gap)])
            newest = sketch if look.life else kept and kept[1]
            final = is_final(counted, window)
            await write_count(session, subject, counted, None if final else newest)
            if final:
                await keep_final(session, subject, counted)


async def _due(session: AsyncSession, kind: Watched) -> list[tuple[Subject, Window]]:
    windows, figure, now = kind.windows.subquery(), PresenceFigure, func.campaign_now()
    rows = await session.execute(
        select(windows.c.id, windows.c.live_from, windows.c.live_to)
        .outerjoin(figure, and_(figure.kind == kind.kind, figure.subject_id == windows.c.id))
        .where(
            windows.c.live_from <= now,
            windows.c.live_to > now - LOOKED_FOR,
            or_(figure.counted_until.is_(None), figure.counted_until < windows.c.live_to),
        )
        .order_by(windows.c.id)
    )
    return [(Subject(kind.kind, row.id), Window(*row[1:])) for row in rows]


def copying(
    copier: Copier, *, is_paused: Callable[[], bool] = lambda: False
) -> AbstractAsyncContextManager[None]:
    """Copy every few seconds while this is open, and once more when it closes; never while
    `is_paused` says so."""

    async def copy() -> None:
        if not is_paused():
            await copier.copy()

    return in_rounds(copy, PERIOD_S, failed="presence_not_copied")
