"""What a member of staff sees of the own account, and does with it."""

from base64 import b64encode
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import Role
from app.platform.errors import CursorInvalid, QuotaExceeded, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.origin import origin_of
from app.routers.paging import Paging, link_next
from app.routers.qr import qr_svg
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.own_account import (
    EnrolmentOut,
    OwnAccountOut,
    OwnPasswordIn,
    ProofIn,
    SessionOut,
)
from app.shared.idempotency import Once
from app.shared.identity import own_account, second_factor, staff_sessions
from app.shared.identity.own_account import OwnAccount
from app.shared.identity.refusals import PasswordWrong, SecondFactorWrong

router = api_router()

ME = "/v1/admin/me"
FACTOR = ME + "/second-factor"
PROOF = (PasswordWrong, SecondFactorWrong, QuotaExceeded, StateConflict)
SessionId = Annotated[UUID, Path(description="见登录列表 · as listed")]
Active = Annotated[
    bool | None,
    Query(description="true：仍有效的；false：其余 · those that run, or the others; absent: all"),
]


@router.get(ME, summary="我的账号")
@staff_only(*Role, reads=True, reach=Reach.OWN)
async def get_own_account(staff: StaffCaller, rooms: R) -> OwnAccountOut:
    """Who is calling: roles, districts, second factor, and this sign-in."""
    return OwnAccountOut.of(
        await own_account.find_own(rooms.sessions, rooms.staff_door, staff=staff)
    )


@router.post(ME + "/password", summary="修改我的密码")
@staff_only(
    *Role,
    verb="staff.set_password",
    reach=Reach.OWN,
    key=OPTIONAL,
    refuses=(PasswordWrong, QuotaExceeded),
)
async def change_own_password(
    body: OwnPasswordIn,
    request: Request,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> OwnAccountOut:
    """A new password; every other sign-in of the account ends within a second."""
    changed = await own_account.change_password(
        rooms.sessions,
        rooms.clock,
        rooms.staff_door,
        _answering(once),
        staff=staff,
        actor=actor,
        origin=origin_of(request),
        password=body.password,
        new_password=body.new_password,
    )
    return OwnAccountOut.of(changed)


@router.post(FACTOR, status_code=201, summary="开始启用两步验证")
@staff_only(*Role, verb="staff.begin_second_factor", reach=Reach.OWN, refuses=(StateConflict,))
async def begin_second_factor(
    staff: StaffCaller, actor: Acting, rooms: R, response: Response
) -> EnrolmentOut:
    """A secret for an authenticator app, shown once; it counts when a code of it was confirmed.

    Asked for again, it is another one, and the one before is forgotten.
    """
    begun = await second_factor.begin_enrolment(
        rooms.sessions, rooms.clock, rooms.sealer, staff=staff, actor=actor
    )
    response.headers["Cache-Control"] = "no-store"
    picture = b64encode(await qr_svg(begun.otpauth_uri)).decode()
    return EnrolmentOut.of(begun, f"data:image/svg+xml;base64,{picture}")


@router.post(FACTOR + "/confirmation", summary="确认两步验证")
@staff_only(*Role, verb="staff.confirm_second_factor", reach=Reach.OWN, key=OPTIONAL, refuses=PROOF)
async def confirm_second_factor(
    body: ProofIn, request: Request, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> OwnAccountOut:
    """From here on a code is asked for at each sign-in; every other sign-in of the account ends."""
    confirmed = await own_account.confirm_factor(
        rooms.sessions,
        rooms.clock,
        rooms.staff_door,
        _answering(once),
        staff=staff,
        actor=actor,
        origin=origin_of(request),
        password=body.password,
        code=body.totp,
    )
    return OwnAccountOut.of(confirmed)


@router.post(FACTOR + "/removal", summary="停用两步验证")
@staff_only(*Role, verb="staff.remove_second_factor", reach=Reach.OWN, key=OPTIONAL, refuses=PROOF)
async def remove_second_factor(
    body: ProofIn, request: Request, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> OwnAccountOut:
    """With the password and a code: to enrol another phone, say. Lost it? An administrator can."""
    removed = await own_account.remove_factor(
        rooms.sessions,
        rooms.clock,
        rooms.staff_door,
        _answering(once),
        staff=staff,
        actor=actor,
        origin=origin_of(request),
        password=body.password,
        code=body.totp,
    )
    return OwnAccountOut.of(removed)


@router.get(ME + "/sessions", summary="我的登录记录")
@staff_only(*Role, reads=True, reach=Reach.OWN, refuses=(CursorInvalid,))
async def list_own_sessions(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    active: Active = None,
) -> PageOut[SessionOut]:
    """The account's sign-ins, newest first."""
    found = await staff_sessions.list_sessions(
        rooms.sessions, staff_id=staff.id, page=page, active=active
    )
    link_next(request, response, found)
    shown = found.map(SessionOut.model_validate)
    return PageOut[SessionOut](items=shown.items, next_cursor=shown.next_cursor)


@router.delete(ME + "/sessions/{session_id}", summary="结束我的一次登录")
@staff_only(*Role, verb="staff.end_session", reach=Reach.OWN, refuses=(StateConflict,))
async def end_own_session(
    session_id: SessionId, staff: StaffCaller, actor: Acting, rooms: R
) -> SessionOut:
    """Out within a second; this very sign-in too, which is signing out."""
    ended = await staff_sessions.end_session(
        rooms.sessions, rooms.clock, actor=actor, staff_id=staff.id, session_id=session_id
    )
    return SessionOut.model_validate(ended)


def _answering(once: Once) -> Once:
    def render(own: OwnAccount) -> str:
        return OwnAccountOut.of(own).model_dump_json()

    return once.answering(200, render)
