"""Pictures that are the campaign's: sent by staff, shown with what staff publish.

They belong to nobody, so any number of things may show one, and it stays as long as they do.
"""

import io
from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, TemporarilyUnavailable
from app.platform.ids import new_id
from app.shared.files import queries
from app.shared.files.pictures import Picture
from app.shared.files.queries import FileFacts
from app.shared.files.store import Store
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, made, write


async def keep_campaign_picture(
    sessions: Sessions,
    store: Store,
    clock: Clock,
    *,
    actor: Actor,
    staff_id: UUID,
    picture: Picture,
) -> FileFacts:
    """The row, then the bytes, then the answer. One that was sent twice is there twice, and what
    nothing shows is swept after a day."""
    file_id = new_id()
    async with sessions.begin() as session:
        await queries.begin(session, file_id, staff_id=staff_id, picture=picture)
    await store.put(queries.key_of(file_id), io.BytesIO(picture.content))
    async with sessions.begin() as session:
        kept = await queries.note_stored(session, file_id)
        if kept is None:
            raise TemporarilyUnavailable()
        changes = made(media_type=picture.media_type, bytes=len(picture.content))
        act = Act(actor, "files.picture.keep", "file", file_id, changes, at=clock.now())
        await write(session, [act])
    return kept


async def find_campaign_picture(sessions: Sessions, *, file_id: UUID) -> FileFacts:
    """Raises `NotFound`, for a member's too."""
    async with sessions() as session:
        found = await queries.find_campaigns(session, [file_id])
    if file_id not in found:
        raise NotFound()
    return found[file_id]


async def attach_campaign_pictures(session: AsyncSession, file_ids: Collection[UUID]) -> set[UUID]:
    """Within the transaction of what shows them from now on. Which of them there are."""
    return await queries.note_campaigns_attached(session, file_ids) if file_ids else set()


async def campaign_pictures(
    session: AsyncSession, file_ids: Collection[UUID]
) -> dict[UUID, FileFacts]:
    """Those of them that can be shown."""
    return await queries.find_campaigns(session, file_ids) if file_ids else {}
