"""Pictures shown to whoever holds a link."""

from typing import Any
from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse

from app.models.states import PictureType
from app.routers.guard import anyone, api_router
from app.routers.rooms import R
from app.routers.sent_files import Expires, Signature
from app.schemas.files import LINKED, SHOWN_AT
from app.shared import files
from app.shared.files import LinkExpired

router = api_router()

_ENDINGS = {PictureType.JPEG: "jpg", PictureType.PNG: "png", PictureType.WEBP: "webp"}
_PICTURES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            str(media_type): {"schema": {"type": "string", "format": "binary"}}
            for media_type in PictureType
        }
    }
}


@router.get(
    SHOWN_AT + "{file_id}", summary="查看图片", response_class=Response, responses=_PICTURES
)
@anyone(refuses=(LinkExpired,))
async def show_file(
    file_id: UUID,
    rooms: R,
    expires: Expires,
    signature: Signature,
) -> Response:
    """The picture behind a link (`url`), for as long as the link lives."""
    file = await files.find_linked(rooms.sessions, file_id=file_id)
    left = rooms.links.check(LINKED, file_id, expires=expires, signature=signature)
    stored = await files.open_picture(rooms.store, file)
    headers = {
        "Content-Disposition": f'inline; filename="{file_id}.{_ENDINGS[file.media_type]}"',
        "Content-Length": str(stored.size),
        # Nobody in between keeps it, and its reader not longer than the link lives.
        "Cache-Control": f"private, max-age={int(left.total_seconds())}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingResponse(stored.parts, headers=headers, media_type=file.media_type)
