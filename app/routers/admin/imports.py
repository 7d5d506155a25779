"""Members and stores from files, for staff."""

from typing import Annotated

import structlog
from fastapi import File, Request, UploadFile

from app.models.states import Role
from app.routers.acting import Acting
from app.routers.guard import api_router, staff_only
from app.routers.language import negotiate
from app.routers.rooms import R
from app.schemas.imports import ImportOut
from app.shared.identity.callers import Actor
from app.shared.imports import ImportReport, import_members, import_stores
from app.shared.imports.refusals import (
    EncodingUnknown,
    FileEmpty,
    FileUnreadable,
    HeaderWrong,
    WorkbookTooLarge,
)

router = api_router()

log = structlog.get_logger(__name__)

# A million and a half members fit, and are read in about three minutes.
MOST_BYTES = 256 * 1024 * 1024
DEADLINE_S = 15 * 60
REFUSES = (FileEmpty, FileUnreadable, EncodingUnknown, HeaderWrong, WorkbookTooLarge)

Upload = Annotated[
    UploadFile,
    File(description="CSV（UTF-8 或 GB18030）或 XLSX · CSV (UTF-8 or GB18030) or XLSX"),
]


@router.post("/v1/admin/members/import", summary="导入会员")
@staff_only(
    Role.CAMPAIGN_MANAGER,
    verb="member.import",
    refuses=REFUSES,
    deadline_s=DEADLINE_S,
    body_limit_bytes=MOST_BYTES,
)
async def import_members_file(file: Upload, request: Request, actor: Acting, rooms: R) -> ImportOut:
    """Read a members' file in. A bad row stops nothing; the same file again changes nothing.

    Columns: `member_no, name, id_number, phone, district, categories`
    (`new_employment`, `outdoor`, `hardship`, joined by `|`), optional
    `category_source, category_until`.
    """
    async with rooms.importing:
        report = await import_members(
            rooms.engine,
            rooms.sealer,
            rooms.digester,
            file.file,
            actor=actor,
            today=rooms.clock.today(),
        )
    return _answer("members_imported", report, request, actor)


@router.post("/v1/admin/stores/import", summary="导入门店")
@staff_only(
    Role.STORE_MANAGER,
    verb="store.import",
    refuses=REFUSES,
    deadline_s=DEADLINE_S,
    body_limit_bytes=MOST_BYTES,
)
async def import_stores_file(file: Upload, request: Request, actor: Acting, rooms: R) -> ImportOut:
    """Read a stores' file in; unknown merchants are created. A bad row stops nothing.

    Columns: `store_no, name, merchant, district, address, lat, lng, opens, closes`
    (hours such as `06:00`; closing may be `24:00` or past midnight).
    """
    async with rooms.importing:
        report = await import_stores(rooms.engine, file.file, actor=actor)
    return _answer("stores_imported", report, request, actor)


def _answer(event: str, report: ImportReport, request: Request, actor: Actor) -> ImportOut:
    log.info(
        event, staff=actor.name, added=report.added, changed=report.changed, refused=report.refused
    )
    return ImportOut.of(report, negotiate(request.headers.get("accept-language")))
