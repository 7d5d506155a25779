"""Members' pictures kept, shown to their owner, attached to what they belong to, removed."""

import io
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict, TemporarilyUnavailable
from app.platform.ids import derived_id
from app.shared.files import queries
from app.shared.files.pictures import Picture
from app.shared.files.queries import FileFacts
from app.shared.files.store import Store
from app.shared.files.stored import BytesMissing, StoredBytes
from app.shared.idempotency import Once
from app.shared.outbox import NewJob, put

ATTACHED = "attached"
REMOVE = "files.remove"


async def keep_picture(
    sessions: Sessions, store: Store, once: Once, *, member_id: UUID, picture: Picture
) -> FileFacts:
    """The row, then the bytes, then the answer: whoever dies between leaves what the same
    request takes up again, or the sweep removes.

    The id follows from the request and its content, so two attempts write the same bytes.
    No transaction is open while the store is asked.
    """
    assert once.request is not None, "the route requires a key"
    fingerprint = once.request.fingerprint.hex()
    file_id = derived_id(once.request.digest(once.digester, "file", fingerprint))
    async with sessions.begin() as session:
        await once.first(session)
        await queries.begin(session, file_id, member_id=member_id, picture=picture)
    await store.put(queries.key_of(file_id), io.BytesIO(picture.content))
    async with sessions.begin() as session:
        await once.first(session)
        kept = await queries.note_stored(session, file_id)
        if kept is None:
            raise TemporarilyUnavailable()
        await once.keep(session, kept)
    return kept


async def find_own(sessions: Sessions, *, file_id: UUID, member_id: UUID) -> FileFacts:
    """A member's own picture. Raises `NotFound`."""
    async with sessions() as session:
        found = await queries.find(session, file_id, member_id=member_id)
    if found is None:
        raise NotFound()
    return found


async def find_linked(sessions: Sessions, *, file_id: UUID) -> FileFacts:
    """Anybody's, for whoever holds its link, which the caller checks. Raises `NotFound`."""
    async with sessions() as session:
        found = await queries.find(session, file_id)
    if found is None:
        raise NotFound()
    return found


async def open_picture(store: Store, file: FileFacts) -> StoredBytes:
    """Raises `NotFound`: it is just being removed."""
    try:
        return await store.open(file.key)
    except BytesMissing as error:
        raise NotFound() from error


async def attach(session: AsyncSession, file_id: UUID, *, member_id: UUID) -> FileFacts:
    """Within the transaction of what shows it from now on: it is kept until `remove`.

    Raises `NotFound` (somebody else's, too), `StateConflict` (attached before).
    """
    attached = await queries.note_attached(session, file_id, member_id=member_id)
    if attached is not None:
        return attached
    if await queries.find(session, file_id, member_id=member_id) is None:
        raise NotFound()
    raise StateConflict(state=ATTACHED)


async def remove(session: AsyncSession, file_ids: Sequence[UUID]) -> None:
    """Within the transaction of what showed them: nobody sees them once it commits, and a
    worker removes the bytes and then the rows."""
    marked = await queries.note_removing(session, file_ids)
    if marked:
        await put(session, NewJob(REMOVE, {"file_ids": marked}))
