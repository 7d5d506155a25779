"""Staff accounts, kept by the administrator."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.platform.errors import AlreadyExists, CursorInvalid, StateConflict
from app.routers.acting import Acting
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
@staff_only(verb="staff.create", key=OPTIONAL, refuses=(AlreadyExists,))
async def create_staff(body: StaffIn, actor: Acting, rooms: R, once: OnceKey) -> StaffWithPassword:
    """An account that can sign in at once. Without `password` one is made and shown once."""
    password = body.password or generate_password()
    shown = None if body.password else password
    account = await staff.create_staff(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda made: StaffWithPassword.of(made, shown).model_dump_json()),
        actor=actor,
        name=body.name,
        password=password,
        roles=body.roles,
    )
    return StaffWithPassword.of(account, shown)


@router.post(STAFF + "/{staff_id}/roles", summary="设置角色")
@staff_only(verb="staff.set_roles", key=OPTIONAL, refuses=(StateConflict, LastAdministrator))
async def set_roles(
    staff_id: StaffId, body: RolesIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffOut:
    """Exactly these roles; tokens that are out feel it within a second."""
    account = await staff.set_roles(
        rooms.sessions,
        once.answering(200, _render),
        actor=actor,
        staff_id=staff_id,
        roles=body.roles,
    )
    return StaffOut.model_validate(account)


@router.post(STAFF + "/{staff_id}/password", summary="重设密码")
@staff_only(verb="staff.set_password", key=OPTIONAL, refuses=(StateConflict,))
async def set_password(
    staff_id: StaffId, body: PasswordIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffWithPassword:
    """A new password, made and shown once if none is given; signs the account out everywhere."""
    password = body.password or generate_password()
    shown = None if body.password else password
    account = await staff.set_password(
        rooms.sessions,
        once.answering(200, lambda now: StaffWithPassword.of(now, shown).model_dump_json()),
        actor=actor,
        staff_id=staff_id,
        password=password,
    )
    return StaffWithPassword.of(account, shown)


@router.post(STAFF + "/{staff_id}/disable", summary="停用账号")
@staff_only(verb="staff.disable", key=OPTIONAL, refuses=(StateConflict, LastAdministrator))
async def disable_staff(staff_id: StaffId, actor: Acting, rooms: R, once: OnceKey) -> StaffOut:
    """Out within a second, for good; the account stays in the list."""
    account = await staff.disable_staff(
        rooms.sessions, rooms.clock, once.answering(200, _render), actor=actor, staff_id=staff_id
    )
    return StaffOut.model_validate(account)


def _render(account: StaffAccount) -> str:
    return StaffOut.model_validate(account).model_dump_json()
