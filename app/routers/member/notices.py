"""What I was told, and what may reach my phone."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.platform.errors import CursorInvalid
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.language import Language, negotiate, say
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.notices import (
    NoticeList,
    NoticeOut,
    NoticeSettingOut,
    NoticeSettingsIn,
    NoticeSettingsOut,
)
from app.shared import notices
from app.shared.notices import Choice, InboxNotice

router = api_router()

NOTICES, SETTINGS = "/v1/me/notices", "/v1/me/notice-settings"
NoticeId = Annotated[UUID, Path(description="见我的通知 · as listed")]


@router.get(NOTICES, summary="我的通知")
@members_only(refuses=(CursorInvalid,))
async def list_my_notices(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> NoticeList:
    """My inbox, the newest first; texts follow Accept-Language."""
    found, unread = await notices.list_notices(
        rooms.sessions, rooms.sealer, member_id=member.id, page=page
    )
    link_next(request, response, found)
    language = _speak(request, response)
    return NoticeList(
        items=[_notice(each, language) for each in found.items],
        next_cursor=found.next_cursor,
        unread_count=unread,
    )


@router.post(NOTICES + "/{notice_id}/read", summary="通知已读")
@members_only()
async def read_my_notice(
    notice_id: NoticeId, request: Request, response: Response, member: MemberCaller, rooms: R
) -> NoticeOut:
    """I have read it. Again is the same: `read_at` stays the first time's."""
    read = await notices.read_notice(
        rooms.sessions, rooms.sealer, rooms.clock, member_id=member.id, notice_id=notice_id
    )
    return _notice(read, _speak(request, response))


@router.get(SETTINGS, summary="通知设置")
@members_only()
async def get_my_notice_settings(
    request: Request, response: Response, member: MemberCaller, rooms: R
) -> NoticeSettingsOut:
    """Which kinds may reach my phone. The inbox gets them all."""
    found = await notices.list_choices(rooms.sessions, rooms.notices.kinds, member_id=member.id)
    return _settings(found, _speak(request, response))


@router.put(SETTINGS, summary="修改通知设置")
@members_only()
async def set_my_notice_settings(
    body: NoticeSettingsIn,
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
) -> NoticeSettingsOut:
    """Exactly these kinds stay in the inbox from now on, also what is on its way."""
    chosen = await notices.set_choices(
        rooms.sessions,
        rooms.notices.kinds,
        rooms.clock,
        member_id=member.id,
        opted_out=body.opted_out,
    )
    return _settings(chosen, _speak(request, response))


def _speak(request: Request, response: Response) -> Language:
    """The language of the answer, said in its headers."""
    language = negotiate(request.headers.get("accept-language"))
    response.headers["Content-Language"] = "zh-CN" if language == "zh" else "en"
    response.headers["Vary"] = "Accept-Language"
    return language


def _notice(notice: InboxNotice, language: Language) -> NoticeOut:
    return NoticeOut(
        id=notice.id,
        kind=notice.kind,
        title=say(notice.content.title, language),
        body=say(notice.content.body, language),
        link=notice.content.link,
        created_at=notice.created_at,
        read_at=notice.read_at,
    )


def _settings(choices: list[Choice], language: Language) -> NoticeSettingsOut:
    return NoticeSettingsOut(
        items=[
            NoticeSettingOut(
                kind=choice.kind.name,
                name=say(choice.kind.about, language),
                channels=list(choice.kind.channels),
                optional=choice.kind.optional,
                opted_out=choice.opted_out,
            )
            for choice in choices
        ]
    )
