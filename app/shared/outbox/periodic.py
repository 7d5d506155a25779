"""Periodic jobs: one live row a kind, by its key, however many workers there are."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.outbox import Job
from app.models.states import JobState
from app.platform.ids import new_id
from app.platform.jobs import Handler, Periodic

# Looked for before it is put: the row that a worker is just doing would be waited for.
_PUT = text("""
    INSERT INTO job (id, kind, payload, dedupe_key, due_at)
    SELECT CAST(:id AS uuid), CAST(:kind AS text), '{}', CAST(:key AS text),
           campaign_now() + CAST(:after AS interval)
    WHERE NOT EXISTS (
        SELECT FROM job WHERE dedupe_key = CAST(:key AS text) AND state IN ('queued', 'leased'))
    ON CONFLICT (dedupe_key) WHERE state IN ('queued', 'leased') DO NOTHING
""")


async def put_successor(session: AsyncSession, kind: str, after: timedelta) -> None:
    """The next row of the kind, due after so much campaign time.

    In the transaction that ends the one before: there is no instant without one, nor with two.
    """
    await session.execute(_PUT, {"id": new_id(), "kind": kind, "key": key_of(kind), "after": after})


async def keep_going(session: AsyncSession, handlers: Mapping[str, Handler]) -> None:
    """Put what has no live row, due at once; and bring near what is further off than its period,
    because campaign time was set back."""
    for kind, handler in sorted(handlers.items()):
        if not isinstance(handler, Periodic):
            continue
        await put_successor(session, kind, timedelta())
        latest = func.campaign_now() + handler.every
        await session.execute(
            update(Job)
            .where(
                Job.dedupe_key == key_of(kind), Job.state == JobState.QUEUED, Job.due_at > latest
            )
            .values(due_at=latest)
        )


def key_of(kind: str) -> str:
    """The dedupe key of a periodic kind's live row."""
    return f"periodic:{kind}"
