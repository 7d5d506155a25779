"""A file made by a worker: read on one snapshot, written to disk, then kept whole.

It may be begun again after its worker died. Every attempt makes the whole file anew and
keeps it under the same key, so there is one file, and it is one attempt's.
"""

import asyncio
import tempfile
from typing import Any, BinaryIO
from uuid import UUID

from app.models.states import ExportState, Role
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.jobs import Payload
from app.shared.exports import queries
from app.shared.exports.listing import Exports, Filters, Listing, Making
from app.shared.exports.queries import ExportFacts
from app.shared.exports.reading import count_rows, read_pages, snapshot
from app.shared.exports.sheets import open_sheet
from app.shared.files import Store

# For counting a long list, and for writing a page to a slow disk while the snapshot waits.
PATIENCE_MS = 60_000
UNFINISHED = {ExportState.QUEUED, ExportState.RUNNING, ExportState.FAILED}


async def make(
    job_id: UUID,
    payload: Payload,
    *,
    sessions: Sessions,
    clock: Clock,
    exports: Exports,
    store: Store,
) -> None:
    """What `exports.make` does. Nothing is left to do for one that is ready, or gone."""
    async with sessions() as session:
        export = await queries.find(session, UUID(payload["export_id"]))
    if export is None or export.state(clock.now()) not in UNFINISHED:
        return
    with tempfile.TemporaryFile() as file:
        await _write(sessions, clock, exports, export, file)
        size_bytes = file.tell()
        file.seek(0)
        await store.put(export.key, file)
    async with sessions.begin() as session:
        await queries.note_ready(session, export.id, size_bytes=size_bytes, at=clock.now())


async def _write(
    sessions: Sessions, clock: Clock, exports: Exports, export: ExportFacts, file: BinaryIO
) -> None:
    listing = exports.find(export.what)
    statement = listing.select(Filters.read(export.filters), export.reach)
    making = Making(export.id, export.staff_id, frozenset(map(Role, export.roles)), clock)
    done = 0
    async with snapshot(exports.reading, patience_ms=PATIENCE_MS) as reading:
        total = await count_rows(reading, statement)
        sheet = await asyncio.to_thread(
            open_sheet, export.format, file, title=listing.title, columns=listing.columns
        )
        async for rows in read_pages(reading, listing, statement):
            await asyncio.to_thread(sheet.add, rows)
            done += len(rows)
            await _note(sessions, listing, making, rows, done=done, total=total)
    await asyncio.to_thread(sheet.close)
    file.seek(0, 2)


async def _note(
    sessions: Sessions,
    listing: Listing[Any],
    making: Making,
    rows: list[Any],
    *,
    done: int,
    total: int,
) -> None:
    """How far it is, and who is seen in it: in transactions that do not wait for the end."""
    async with sessions.begin() as session:
        if listing.log_access is not None:
            await listing.log_access(session, making, rows)
        await queries.note_progress(session, making.export_id, done=done, total=total)
