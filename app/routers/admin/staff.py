"""Staff accounts, kept by the administrator."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.platform.errors import AlreadyExists, CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.admin.own_account import Active
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut, Reason
from app.schemas.own_account import EndedOut, SessionOut
from app.schemas.seed_ids import ADMINISTRATOR_ID
from app.schemas.staff import (
    DistrictsIn,
    PasswordIn,
    RolesIn,
    StaffIn,
    StaffOut,
    StaffWithPassword,
)
from app.shared.identity import staff, staff_sessions
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
        districts=body.limited_to,
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


@router.post(STAFF + "/{staff_id}/districts", summary="设置所属区")
@staff_only(verb="staff.set_districts", key=OPTIONAL, refuses=(StateConflict, LastAdministrator))
async def set_districts(
    staff_id: StaffId, body: DistrictsIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffOut:
    """Exactly these districts; null is the whole city. Felt within a second."""
    account = await staff.set_districts(
        rooms.sessions,
        once.answering(200, _render),
        actor=actor,
        staff_id=staff_id,
        districts=body.limited_to,
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
        rooms.clock,
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


@router.post(STAFF + "/{staff_id}/second-factor/removal", summary="移除两步验证")
@staff_only(verb="staff.remove_second_factor", key=OPTIONAL, refuses=(StateConflict,))
async def remove_second_factor_of(
    staff_id: StaffId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> StaffOut:
    """For somebody who lost it: the password alone signs in again, or, where a role demands a
    second factor, to enrol another and nothing else."""
    account = await staff.remove_second_factor(
        rooms.sessions,
        rooms.clock,
        once.answering(200, _render),
        actor=actor,
        staff_id=staff_id,
        reason=body.reason,
    )
    return StaffOut.model_validate(account)


@router.get(STAFF + "/{staff_id}/sessions", summary="账号的登录记录")
@staff_only(reads=True, refuses=(CursorInvalid,))
async def list_sessions(
    staff_id: StaffId,
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    active: Active = None,
) -> PageOut[SessionOut]:
    """An account's sign-ins, newest first."""
    found = await staff_sessions.list_sessions(
        rooms.sessions, staff_id=staff_id, page=page, active=active
    )
    link_next(request, response, found)
    shown = found.map(SessionOut.model_validate)
    return PageOut[SessionOut](items=shown.items, next_cursor=shown.next_cursor)


@router.delete(STAFF + "/{staff_id}/sessions", summary="结束账号的全部登录")
@staff_only(verb="staff.end_sessions")
async def end_sessions(staff_id: StaffId, actor: Acting, rooms: R) -> EndedOut:
    """All of an account's sign-ins, out within a second; it may sign in again."""
    ended = await staff_sessions.end_sessions(
        rooms.sessions, rooms.clock, actor=actor, staff_id=staff_id
    )
    return EndedOut(ended_count=ended)


def _render(account: StaffAccount) -> str:
    return StaffOut.model_validate(account).model_dump_json()
