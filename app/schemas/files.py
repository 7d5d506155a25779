"""Pictures in JSON."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.states import PictureType
from app.schemas.base import Instant, Output
from app.shared.files import FileFacts, Links

LINKED = "files"
SHOWN_AT = "/v1/public/files/"


class ShownPictureOut(Output):
    """A picture of the campaign's, for whoever is shown what it belongs to."""

    width: int = Field(description="像素 · pixels")
    height: int
    url: str = Field(description="查看地址，五分钟有效，无需令牌 · lives five minutes, no token")
    url_expires_at: Instant

    @classmethod
    def of(cls, file: FileFacts, links: Links) -> Self:
        link = links.sign(LINKED, file.id)
        return cls(
            width=file.width,
            height=file.height,
            url=f"{SHOWN_AT}{file.id}?{link.query}",
            url_expires_at=link.expires_at,
        )


class FileOut(Output):
    id: UUID
    media_type: PictureType
    bytes: int
    width: int = Field(description="像素，已转正 · pixels, upright")
    height: int
    url: str = Field(description="查看地址，五分钟有效，无需令牌 · lives five minutes, no token")
    url_expires_at: Instant

    @classmethod
    def of(cls, file: FileFacts, links: Links) -> Self:
        link = links.sign(LINKED, file.id)
        return cls(
            id=file.id,
            media_type=file.media_type,
            bytes=file.size_bytes,
            width=file.width,
            height=file.height,
            url=f"{SHOWN_AT}{file.id}?{link.query}",
            url_expires_at=link.expires_at,
        )


class PictureOut(Output):
    id: UUID
    url: str = Field(description="五分钟有效，无需令牌 · lives five minutes, no token")
    url_expires_at: Instant

    @classmethod
    def of(cls, file_id: UUID, links: Links) -> Self:
        link = links.sign(LINKED, file_id)
        url = f"{SHOWN_AT}{file_id}?{link.query}"
        return cls(id=file_id, url=url, url_expires_at=link.expires_at)
