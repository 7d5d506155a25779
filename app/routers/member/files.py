"""A member's pictures: sent, and shown by links that live five minutes."""

from typing import Annotated
from uuid import UUID

from fastapi import File, Path, Request, UploadFile

from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.keys import FILE_KEY, keyed_by_content
from app.routers.rooms import R
from app.schemas.files import FileOut
from app.shared import files
from app.shared.files.refusals import MOST_BYTES, FileTooLarge, NotAPicture, TooManyPixels
from app.shared.idempotency import Once
from app.shared.limits import PICTURES

router = api_router()

# What a form writes around the picture.
FRAME_BYTES = 64 * 1024
# Ten megabytes over a telephone take their time.
DEADLINE_S = 120


@router.post("/v1/files", status_code=201, summary="上传图片")
@members_only(
    key=FILE_KEY,
    refuses=(FileTooLarge, NotAPicture, TooManyPixels),
    deadline_s=DEADLINE_S,
    body_limit_bytes=MOST_BYTES + FRAME_BYTES,
    too_large=FileTooLarge,
    limit=PICTURES,
)
async def upload_file(
    file: Annotated[UploadFile, File(description="JPEG、PNG 或 WebP，最大 10 MB · at most 10 MB")],
    request: Request,
    member: MemberCaller,
    rooms: R,
) -> FileOut:
    """Send a picture; its content decides what it is, and only its pixels are kept. Name its
    id within a day where it is to be shown, or it goes."""
    picture = await rooms.pictures.look_at(file.file)
    keyed = keyed_by_content(request, rooms, picture.source_digest)
    once = Once(keyed, rooms.digester, rooms.sealer)
    kept = await files.keep_picture(
        rooms.sessions,
        rooms.store,
        once.answering(201, lambda result: FileOut.of(result, rooms.links).model_dump_json()),
        member_id=member.id,
        picture=picture,
    )
    return FileOut.of(kept, rooms.links)


@router.get("/v1/files/{file_id}", summary="我的图片")
@members_only()
async def get_file(
    file_id: Annotated[UUID, Path(description="上传时得到的 id · as answered when it was sent")],
    member: MemberCaller,
    rooms: R,
) -> FileOut:
    """One of my pictures, with a fresh link."""
    found = await files.find_own(rooms.sessions, file_id=file_id, member_id=member.id)
    return FileOut.of(found, rooms.links)
