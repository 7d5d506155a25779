"""Pictures of a box: the campaign's, sent by staff before, several of a box in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesPicture
from app.platform.errors import FieldError, InputInvalid, Words
from app.shared.files import attach_campaign_pictures

MOST_PICTURES = 10


@dataclass(frozen=True, slots=True)
class NewPicture:
    """`alt`, `alt_en`: what it shows, in words."""

    file_id: UUID
    alt: str
    alt_en: str


async def set_pictures(session: AsyncSession, box_id: UUID, pictures: Sequence[NewPicture]) -> None:
    """Instead of those before; they stay from now on. Raises `InputInvalid` (no such picture of
    the campaign's)."""
    known = await attach_campaign_pictures(session, {each.file_id for each in pictures})
    unknown = [place for place, each in enumerate(pictures) if each.file_id not in known]
    if unknown:
        raise InputInvalid(
            errors=tuple(
                FieldError(f"#/pictures/{place}/file_id", _UNKNOWN, "picture_unknown")
                for place in unknown
            )
        )
    await session.execute(delete(GiftBoxesPicture).where(GiftBoxesPicture.box_id == box_id))
    rows = [
        {
            "box_id": box_id,
            "number": number,
            "file_id": each.file_id,
            "alt": each.alt,
            "alt_en": each.alt_en,
        }
        for number, each in enumerate(pictures, start=1)
    ]
    if rows:
        await session.execute(insert(GiftBoxesPicture), rows)


_UNKNOWN = Words("没有这张活动图片", "no such picture of the campaign's")
