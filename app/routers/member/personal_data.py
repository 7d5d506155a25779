"""What a member may ask of us: a copy, who looked, and to be erased."""

from functools import partial

from fastapi import Request, Response

from app.platform.errors import CursorInvalid
from app.routers.acting import Acting
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.language import Language, Spoken, say
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut
from app.schemas.personal_data import AccessOut, CopiedOut, ErasureOut, MyDataOut
from app.shared import personal_data
from app.shared.identity.callers import Member
from app.shared.personal_data import ErasureReport, Subject

router = api_router()

NO_STORE = {"Cache-Control": "no-store"}


@router.get("/v1/me/data", summary="我的全部个人信息副本")
@members_only()
async def get_my_data(
    response: Response, member: MemberCaller, rooms: R, language: Spoken
) -> MyDataOut:
    """A copy of everything that is kept about me, in clear. Do not show it to others."""
    response.headers.update(NO_STORE)
    copied = await personal_data.copy_data(
        rooms.sessions, rooms.sealer, rooms.data_kinds, subject=_subject(member)
    )
    return MyDataOut(
        as_of=rooms.clock.now(),
        kinds=[CopiedOut.of(each, say(each.kind.title, language)) for each in copied],
    )


@router.get("/v1/me/data-accesses", summary="谁查看过我的信息")
@members_only(refuses=(CursorInvalid,))
async def list_my_data_accesses(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    language: Spoken,
) -> PageOut[AccessOut]:
    """Looks at my data by staff, newest first: in which role, when, by which act."""
    found = await personal_data.list_accesses(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    shown = found.map(
        lambda access: AccessOut(
            id=access.id,
            at=access.at,
            roles=list(access.roles),
            act=access.act,
            what=say(access.words, language),
        )
    )
    return PageOut[AccessOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get("/v1/me/erasure", summary="若删除我的信息，会怎样")
@members_only()
async def foresee_my_erasure(member: MemberCaller, rooms: R, language: Spoken) -> ErasureOut:
    """What an erasure would do just now, kind by kind, and what has to stay. Changes nothing."""
    report = await personal_data.foresee_erasure(
        rooms.sessions, rooms.clock, rooms.sealer, rooms.data_kinds, subject=_subject(member)
    )
    return _out(report, rooms, language)


@router.post("/v1/me/erasure", summary="删除我的个人信息并注销账号")
@members_only()
async def erase_me(member: MemberCaller, actor: Acting, rooms: R, language: Spoken) -> ErasureOut:
    """Erase my data, for good. The answer says kind by kind what is gone and what has to stay,
    and why; look at it beforehand by GET. After it the account is no member's: within a
    second every call, this one repeated too, answers 403 `member_not_registered`."""
    report = await personal_data.erase_member(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        rooms.digester,
        rooms.data_kinds,
        actor=actor,
        subject=_subject(member),
        member_no=member.member_no,
    )
    rooms.directory.forget_all()
    return _out(report, rooms, language)


def _subject(member: Member) -> Subject:
    return Subject(member.id, member.person_id)


def _out(report: ErasureReport, rooms: Rooms, language: Language) -> ErasureOut:
    return ErasureOut.of(report, rooms.data_kinds, partial(say, language=language))
