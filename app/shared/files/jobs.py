"""Bytes of pictures that nothing shows are removed: bytes first, then the row."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import Sessions
from app.platform.jobs import Handler, Outside, Payload, Periodic
from app.shared.files import queries
from app.shared.files.keep import REMOVE
from app.shared.files.store import Store
from app.shared.outbox import NewJob, put

UNATTACHED_KEPT = timedelta(days=1)
BATCH = 100


async def sweep(session: AsyncSession, payload: Payload) -> bool:
    """Mark what nothing has attached for a day; whether there may be more."""
    marked = await queries.mark_stale(session, after=UNATTACHED_KEPT, most=BATCH)
    if marked:
        await put(session, NewJob(REMOVE, {"file_ids": marked}))
    return len(marked) == BATCH


async def remove_bytes(job_id: UUID, payload: Payload, *, sessions: Sessions, store: Store) -> None:
    """Whoever dies between leaves a marked row, which this or the next job ends."""
    for file_id in map(UUID, payload["file_ids"]):
        await store.delete(queries.key_of(file_id))
        async with sessions.begin() as session:
            await queries.forget(session, file_id)


HANDLERS: dict[str, Handler] = {
    "files.sweep": Periodic(sweep, every=timedelta(hours=1)),
    REMOVE: Outside(remove_bytes),
}
