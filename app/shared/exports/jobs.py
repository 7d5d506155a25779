"""Files are made, and after their time their bytes are removed."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import Sessions
from app.platform.jobs import Handler, Outside, Payload, Periodic
from app.shared.exports import queries
from app.shared.exports.make import make
from app.shared.files import Store
from app.shared.outbox import NewJob, put

# A million rows take some minutes. Who dies at it delays it by as much.
LIMIT_S = 600.0
ATTEMPTS = 4
BATCH = 200


async def sweep(session: AsyncSession, payload: Payload) -> None:
    """Have the bytes removed of what is no longer shown; the next round takes what is left."""
    ids = await queries.overdue(session, BATCH)
    if ids:
        job = NewJob("exports.remove", {"export_ids": ids}, dedupe_key="exports:remove")
        await put(session, job)


async def remove(job_id: UUID, payload: Payload, *, sessions: Sessions, store: Store) -> None:
    """Bytes first, then the row: whoever dies between leaves a row that is worked again."""
    for export_id in map(UUID, payload["export_ids"]):
        async with sessions() as session:
            export = await queries.find(session, export_id)
        if export is None or export.swept_at is not None:
            continue
        await store.delete(export.key)
        async with sessions.begin() as session:
            await queries.note_swept(session, export_id)


HANDLERS: dict[str, Handler] = {
    "exports.make": Outside(make, limit_s=LIMIT_S, attempts=ATTEMPTS),
    "exports.sweep": Periodic(sweep, every=timedelta(hours=1)),
    "exports.remove": Outside(remove),
}
