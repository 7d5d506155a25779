"""A member's inbox: everything that the member was told, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from app.models.notices import Notice
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, Sessions
from app.platform.errors import NotFound
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.notices.contents import unseal
from app.shared.notices.wording import Content

_NEWEST_FIRST = Keyset(Notice.id, descending=True)
_COLUMNS = (Notice.id, Notice.kind, Notice.content_sealed, Notice.created_at, Notice.read_at)


@dataclass(frozen=True, slots=True)
class InboxNotice:
    id: UUID
    kind: str
    content: Content
    created_at: datetime
    read_at: datetime | None


async def list_notices(
    sessions: Sessions, sealer: Sealer, *, member_id: UUID, page: PageRequest
) -> tuple[Page[InboxNotice], int]:
    """A page of the inbox, and how many in all of it are unread. Raises `CursorInvalid`."""
    own = Notice.member_id == member_id
    unread = select(func.count()).select_from(Notice).where(own, Notice.read_at.is_(None))
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, select(*_COLUMNS).where(own), page)
        count = await session.scalar(unread)
    return rows.map(lambda row: _notice(row, sealer)), count or 0


async def read_notice(
    sessions: Sessions, sealer: Sealer, clock: Clock, *, member_id: UUID, notice_id: UUID
) -> InboxNotice:
    """It is read, from the first time on. Raises `NotFound`, for another member's too."""
    async with sessions.begin() as session:
        rows = await session.execute(
            update(Notice)
            .where(Notice.id == notice_id, Notice.member_id == member_id)
            .values(read_at=func.coalesce(Notice.read_at, clock.now()))
            .returning(*_COLUMNS)
        )
        row = rows.one_or_none()
    if row is None:
        raise NotFound()
    return _notice(row, sealer)


def _notice(row: AnyRow, sealer: Sealer) -> InboxNotice:
    notice_id, kind, content_sealed, created_at, read_at = row[: len(_COLUMNS)]
    return InboxNotice(notice_id, kind, unseal(sealer, content_sealed), created_at, read_at)
