"""Staff accounts, kept by the administrator."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.platform.errors import AlreadyExists, CursorInvalid, StateConflict
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.seed_ids import ADMINISTRATOR_ID
from app.schemas.staff import PasswordIn, RolesIn, StaffIn, StaffOut, StaffWithPassword
from app.shared.identity import staff
from app.shared.identity.passwords import generate_password
from app.shared.identity.refusals import LastAdministrator
from app.shared.identity.staff import StaffAccount

router = api_router()

STAFF = "/v1/admin/staff"
StaffId = Annotated[UUID, Path(examples=[str(ADMINISTRATOR_ID)])]


@router.get(STAFF, summary="工作人员账号")
@staff_only(reads=True, refuses=(CursorInvalid,))
async def list_staff(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffOut]:
    """All accounts by name, disabled ones too."""
    found = (await staff.list_staff(rooms.sessions, page=page)).map(StaffOut.model_validate)
    link_next(request, response, found)
    return PageOut[StaffOut](items=found.items, next_cursor=found.next_cursor)


@router.post(STAFF, status_code=201, summary="新建账号")
@staff_only(key=OPTIONAL, refuses=(AlreadyExists,))
async def create_staff(body: StaffIn, rooms: R, once: OnceKey) -> StaffWithPassword:
    """An account that can sign in at once. Without `password` one is made and shown once."""
    shape = _with_password(body.password)
    account = await staff.create_staff(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda made: shape(made).model_dump_json()),
        name=body.name,
        password=shape.password,
        roles=body.roles,
    )
    return shape(account)
