"""The campaign's pictures: sent by staff, and shown with what staff publish."""

from typing import Annotated
from uuid import UUID

from fastapi import File, Path, UploadFile

from app.models.states import Role
from app.routers.acting import Acting
from app.routers.guard import StaffCaller, api_router, staff_only
from app.routers.rooms import R
from app.schemas.files import FileOut
from app.shared import files
from app.shared.files.refusals import MOST_BYTES, FileTooLarge, NotAPicture, TooManyPixels

router = api_router()

# What a form writes around the picture.
FRAME_BYTES = 64 * 1024
DEADLINE_S = 120
SENDERS = (Role.QUIZ_MANAGER, Role.SHOP_MANAGER, Role.CAMPAIGN_MANAGER)


@router.post("/v1/admin/files", status_code=201, summary="上传活动图片")
@staff_only(
    *SENDERS,
    verb="files.picture.keep",
    refuses=(FileTooLarge, NotAPicture, TooManyPixels),
    deadline_s=DEADLINE_S,
    body_limit_bytes=MOST_BYTES + FRAME_BYTES,
)
async def upload_campaign_file(
    file: Annotated[UploadFile, File(description="JPEG、PNG 或 WebP，最大 10 MB · at most 10 MB")],
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
) -> FileOut:
    """Send a picture of the campaign's, only its pixels are kept. Name its id within a day where
    it is to be shown (`picture_id` of a question, `picture` of an imported one, `pictures`
    of a gift box), or it goes."""
    picture = await rooms.pictures.look_at(file.file)
    kept = await files.keep_campaign_picture(
        rooms.sessions,
        rooms.store,
        rooms.clock,
        actor=actor,
        staff_id=staff.id,
        picture=picture,
    )
    return FileOut.of(kept, rooms.links)


@router.get("/v1/admin/files/{file_id}", summary="一张活动图片")
@staff_only(*SENDERS, reads=True)
async def get_campaign_file(
    file_id: Annotated[UUID, Path(description="上传时得到的 id · as answered when it was sent")],
    rooms: R,
) -> FileOut:
    """One of the campaign's pictures, with a fresh link."""
    found = await files.find_campaign_picture(rooms.sessions, file_id=file_id)
    return FileOut.of(found, rooms.links)
