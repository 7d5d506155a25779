"""The SQL of files. Each change is one statement that says under which state it is made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.files import File
from app.models.states import PictureType
from app.shared.files.pictures import Picture

_COLUMNS = (File.id, File.media_type, File.size_bytes, File.width, File.height)
_NOW = func.campaign_now(type_=File.created_at.type)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A picture that is there to be shown."""

    id: UUID
    media_type: PictureType
    size_bytes: int
    width: int
    height: int

    @property
    def key(self) -> str:
        return key_of(self.id)


def key_of(file_id: UUID) -> str:
    """Under what its bytes are kept."""
    return f"pictures/{file_id}"


async def begin(
    session: AsyncSession,
    file_id: UUID,
    *,
    picture: Picture,
    member_id: UUID | None = None,
    staff_id: UUID | None = None,
) -> None:
    """The row before its bytes. One that an earlier attempt left is taken up again."""
    values = {
        "media_type": picture.media_type,
        "size_bytes": len(picture.content),
        "width": picture.width,
        "height": picture.height,
    }
    await session.execute(
        insert(File)
        .values(id=file_id, member_id=member_id, staff_id=staff_id, created_at=_NOW, **values)
        .on_conflict_do_update(
            index_elements=[File.id], set_=values, where=File.stored_at.is_(None)
        )
    )


async def note_stored(session: AsyncSession, file_id: UUID) -> FileFacts | None:
    """None if it is being removed: it was begun a day ago and never ended."""
    return _facts_or_none(
        await session.execute(
            update(File)
            .where(File.id == file_id, File.removing_at.is_(None))
            .values(stored_at=func.coalesce(File.stored_at, _NOW))
            .returning(*_COLUMNS)
        )
    )


async def find(
    session: AsyncSession, file_id: UUID, *, member_id: UUID | None = None
) -> FileFacts | None:
    """One that can be shown, of this member unless anybody's will do."""
    statement = select(*_COLUMNS).where(
        File.id == file_id, File.stored_at.is_not(None), File.removing_at.is_(None)
    )
    if member_id is not None:
        statement = statement.where(File.member_id == member_id)
    return _facts_or_none(await session.execute(statement))


async def find_campaigns(
    session: AsyncSession, file_ids: Collection[UUID]
) -> dict[UUID, FileFacts]:
    """Those of them that staff sent and that can be shown."""
    rows = await session.execute(
        select(*_COLUMNS).where(
            File.id.in_(file_ids),
            File.staff_id.is_not(None),
            File.stored_at.is_not(None),
            File.removing_at.is_(None),
        )
    )
    return {row.id: FileFacts(*row) for row in rows}


async def note_campaigns_attached(session: AsyncSession, file_ids: Collection[UUID]) -> set[UUID]:
    """Those of them that staff sent; attached from now on, or since before."""
    found = await session.scalars(
        update(File)
        .where(
            File.id.in_(file_ids),
            File.staff_id.is_not(None),
            File.stored_at.is_not(None),
            File.removing_at.is_(None),
        )
        .values(attached_at=func.coalesce(File.attached_at, _NOW))
        .returning(File.id)
    )
    return set(found)


async def note_attached(
    session: AsyncSession, file_id: UUID, *, member_id: UUID
) -> FileFacts | None:
    """None unless it is the member's, there, and attached to nothing yet."""
    return _facts_or_none(
        await session.execute(
            update(File)
            .where(
                File.id == file_id,
                File.member_id == member_id,
                File.stored_at.is_not(None),
                File.attached_at.is_(None),
                File.removing_at.is_(None),
            )
            .values(attached_at=_NOW)
            .returning(*_COLUMNS)
        )
    )


async def note_removing(session: AsyncSession, file_ids: Sequence[UUID]) -> list[UUID]:
    """From now on they are shown to nobody. Those that are not there are left out."""
    marked = await session.scalars(
        update(File)
        .where(File.id.in_(file_ids))
        .values(removing_at=func.coalesce(File.removing_at, _NOW))
        .returning(File.id)
    )
    return list(marked)


async def mark_stale(session: AsyncSession, *, after: timedelta, most: int) -> list[UUID]:
    """Mark what nothing has attached for so long; and name once more what was marked as long
    ago and is still there. Rows that somebody is just attaching are passed over."""
    long_ago = select(_NOW - after).scalar_subquery()
    stale = (
        select(File.id)
        .where(
            or_(
                (File.attached_at.is_(None) & File.removing_at.is_(None))
                & (File.created_at < long_ago),
                File.removing_at < long_ago,
            )
        )
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("stale")
    )
    marked = await session.scalars(
        update(File).where(File.id == stale.c.id).values(removing_at=_NOW).returning(File.id)
    )
    return list(marked)


async def forget(session: AsyncSession, file_id: UUID) -> None:
    """The row, once its bytes are gone."""
    await session.execute(delete(File).where(File.id == file_id, File.removing_at.is_not(None)))


def _facts_or_none(rows: Any) -> FileFacts | None:
    row = rows.one_or_none()
    return None if row is None else FileFacts(*row)
