"""Long lists as files: asked for, made by a worker, fetched within seven days."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.platform.clock import shanghai_day
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, anyone, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.routers.sent_files import TABLE_RESPONSES, Expires, Signature, stored_table
from app.schemas.base import PageOut
from app.schemas.exports import LINKED, ExportIn, ExportOut
from app.shared import exports
from app.shared.exports import ExportFacts
from app.shared.exports.refusals import ExportGone, ExportsUnfinished
from app.shared.files import LinkExpired

router = api_router()

EXPORTS = "/v1/admin/exports"
# Whoever may have one of the lists; which one, each list says (docs/exports.md).
ASKERS = (
    Role.CAMPAIGN_MANAGER,
    Role.WISH_REVIEWER,
    Role.STORE_MANAGER,
    Role.FINANCE,
    Role.PRIVACY_OFFICER,
)
ExportId = Annotated[UUID, Path(description="见导出列表 · as listed")]


@router.post(EXPORTS, status_code=202, summary="导出为文件（后台）")
@staff_only(
    *ASKERS,
    verb="export.request",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(ExportsUnfinished,),
)
async def request_export(
    body: ExportIn, staff: StaffCaller, actor: Acting, rooms: R, response: Response, once: OnceKey
) -> ExportOut:
    """Have a list written as CSV or XLSX by a worker. `Location` tells how far it is.

    Two may be under way at once. Lists that your roles may not read are forbidden.
    """
    asked = await exports.request_export(
        rooms.sessions,
        rooms.clock,
        rooms.exports,
        once.answering(202, lambda result: _shown(rooms, result).model_dump_json()),
        staff=staff,
        actor=actor,
        what=body.what,
        filters=body.filters.chosen(),
        form=body.format,
    )
    response.headers["Location"] = f"{EXPORTS}/{asked.id}"
    return _shown(rooms, asked)


@router.get(EXPORTS, summary="我的导出")
@staff_only(*ASKERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_exports(
    request: Request, response: Response, staff: StaffCaller, rooms: R, page: Paging
) -> PageOut[ExportOut]:
    """Mine, the last first, also those that are gone; everybody's for the administrator."""
    found = await exports.list_exports(rooms.sessions, staff=staff, page=page)
    link_next(request, response, found)
    shown = found.map(lambda export: _shown(rooms, export))
    return PageOut[ExportOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(EXPORTS + "/{export_id}", summary="导出进度")
@staff_only(*ASKERS, reads=True, reach=Reach.DISTRICT, refuses=(ExportGone,))
async def get_export(export_id: ExportId, staff: StaffCaller, rooms: R) -> ExportOut:
    """How many rows of how many; once it is done, a link to the file that lives five minutes."""
    return _shown(rooms, await _find(rooms, staff, export_id))


@router.get(
    EXPORTS + "/{export_id}/file",
    summary="下载导出文件",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*ASKERS, reads=True, reach=Reach.DISTRICT, refuses=(StateConflict, ExportGone))
async def get_export_file(export_id: ExportId, staff: StaffCaller, rooms: R) -> Response:
    """The file. Conflict: it is not done yet, or failed."""
    return await _send(rooms, await _find(rooms, staff, export_id))


@router.get(
    EXPORTS + "/{export_id}/download",
    summary="用链接下载导出文件",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@anyone(refuses=(StateConflict, ExportGone, LinkExpired))
async def download_export(
    export_id: ExportId,
    rooms: R,
    expires: Expires,
    signature: Signature,
) -> Response:
    """The file for whoever holds its link (`url`), without a token, for five minutes."""
    found = await exports.find_linked(rooms.sessions, export_id=export_id)
    rooms.links.check(LINKED, export_id, expires=expires, signature=signature)
    return await _send(rooms, found)


async def _find(rooms: Rooms, staff: StaffCaller, export_id: UUID) -> ExportFacts:
    return await exports.find_export(
        rooms.sessions, rooms.clock, rooms.exports, staff=staff, export_id=export_id
    )


async def _send(rooms: Rooms, export: ExportFacts) -> Response:
    stored = await exports.open_file(rooms.store, rooms.clock, export)
    name = f"{export.what.replace('.', '-')}-{shanghai_day(export.created_at):%Y%m%d}"
    return stored_table(stored, export.format, name)


def _shown(rooms: Rooms, export: ExportFacts) -> ExportOut:
    path = f"{EXPORTS}/{export.id}/download"
    return ExportOut.of(export, rooms.clock, rooms.links, path=path)
