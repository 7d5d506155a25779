"""Reminders: whoever has something is told so many hours before it begins.

A pack puts `reminders` when the beginning is known or moved, under a kind of job of its own;
the job is done by `remind`. Each is told once for each beginning that there was to be: who was
told an old one hears the new one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.clock import Clock
from app.platform.jobs import Later, Payload
from app.shared.notices.put import NewNotice, Notices
from app.shared.outbox import NewJob, put
from app.shared.outbox.put import Value

BEFORE_H = (24, 2)
# So many members a transaction; the rest are the next job's.
MOST_AT_ONCE = 500

# Whom to tell, in the order of the ids of what they have, behind one of those: with that id.
Find = Callable[[int, UUID | None], Awaitable[Sequence[tuple[UUID, NewNotice]]]]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What begins: the kind of its job, the ids that the job names it by, and when."""

    job: str
    about: Mapping[str, UUID]
    at: datetime


def reminders(beginning: Beginning, now: datetime) -> list[NewJob]:
    """Those that are still ahead."""
    return [
        NewJob(beginning.job, {**beginning.about, "hours": hours}, due_at=due_at)
        for hours in BEFORE_H
        if (due_at := beginning.at - timedelta(hours=hours)) > now
    ]


def reminder_key(what: str, held_id: UUID, hours: int, begins_at: datetime) -> str:
    """`what` as `<pack>:<thing>`."""
    return f"{what}:{held_id}:{hours}:{int(begins_at.timestamp())}"


async def remind(
    session: AsyncSession,
    payload: Payload,
    beginning: Beginning,
    find: Find,
    *,
    clock: Clock,
    notices: Notices,
) -> None:
    """Whoever it concerns, so many at once; nobody of what has begun. Raises `Later`."""
    hours, now = int(payload["hours"]), clock.now()
    due_at = beginning.at - timedelta(hours=hours)
    if now < due_at:
        raise Later(due_at)
    if now >= beginning.at:
        return
    told = await find(hours, UUID(payload["after"]) if "after" in payload else None)
    await notices.notify_many(session, [notice for _, notice in told])
    if len(told) == MOST_AT_ONCE:
        rest: dict[str, Value] = {**beginning.about, "hours": hours, "after": told[-1][0]}
        await put(session, NewJob(beginning.job, rest))
