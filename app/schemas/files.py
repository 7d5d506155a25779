"""Pictures in JSON."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.states import PictureType
from app.schemas.base import Instant, Output
from app.shared.files import FileFacts, Links

LINKED = "files"
SHOWN_AT = "/v1/public/files/"


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
