"""What members had erased, for whoever has to answer for it."""

from functools import partial

from fastapi import Request, Response

from app.models.states import Role
from app.platform.errors import CursorInvalid
from app.routers.guard import api_router, staff_only
from app.routers.language import Spoken, say
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.personal_data import ErasureOut
from app.shared import personal_data

router = api_router()


@router.get("/v1/admin/erasures", summary="个人信息删除记录")
@staff_only(Role.PRIVACY_OFFICER, reads=True, refuses=(CursorInvalid,))
async def list_erasures(
    request: Request, response: Response, rooms: R, page: Paging, language: Spoken
) -> PageOut[ErasureOut]:
    """Erasures, newest first: what was erased, what was kept and why. Not whose it was."""
    found = await personal_data.list_erasures(rooms.sessions, page=page)
    link_next(request, response, found)
    spoken = partial(say, language=language)
    shown = found.map(lambda report: ErasureOut.of(report, rooms.data_kinds, spoken))
    return PageOut[ErasureOut](items=shown.items, next_cursor=shown.next_cursor)
