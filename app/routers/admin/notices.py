"""Notices for staff: their words, what they would look like, what was sent."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from app.models.states import NoticeOutcome, Role
from app.platform.errors import CursorInvalid, NotFound, VersionStale
from app.routers.acting import Acting
from app.routers.guard import api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.notices import (
    KIND_EXAMPLE,
    KIND_PATTERN,
    NoticeSendOut,
    PreviewIn,
    PreviewOut,
    TemplateIn,
    TemplateOut,
)
from app.shared import notices

router = api_router()

TEMPLATES = "/v1/admin/notice-templates"
Kind = Annotated[str, Path(pattern=KIND_PATTERN, examples=[KIND_EXAMPLE])]


@router.get(TEMPLATES, summary="通知模板")
@staff_only(Role.CAMPAIGN_MANAGER, reads=True)
async def list_notice_templates(rooms: R) -> PageOut[TemplateOut]:
    """Every kind of notice there is, with its words as they are now; always one page."""
    found = await notices.list_templates(rooms.sessions, rooms.notices.kinds)
    return PageOut[TemplateOut](items=[TemplateOut.of(each) for each in found], next_cursor=None)


@router.get(TEMPLATES + "/{kind}", summary="一类通知的模板")
@staff_only(Role.CAMPAIGN_MANAGER, reads=True, refuses=(NotFound,))
async def get_notice_template(kind: Kind, rooms: R) -> TemplateOut:
    """One kind, its words, and the variables that they may name."""
    found = await notices.find_template(rooms.sessions, rooms.notices.kinds, kind=kind)
    return TemplateOut.of(found)


@router.put(TEMPLATES + "/{kind}", summary="修改通知模板")
@staff_only(Role.CAMPAIGN_MANAGER, verb="notice_template.change", refuses=(NotFound, VersionStale))
async def change_notice_template(
    kind: Kind, body: TemplateIn, actor: Acting, rooms: R
) -> TemplateOut:
    """The words of every notice from now on; those that are in inboxes keep theirs."""
    changed = await notices.change_template(
        rooms.sessions,
        rooms.notices.kinds,
        rooms.clock,
        actor=actor,
        kind=kind,
        version=body.version,
        wording=notices.wording_of(body.model_dump(exclude={"version"})),
    )
    return TemplateOut.of(changed)


@router.post(TEMPLATES + "/{kind}/preview", summary="预览通知")
@staff_only(Role.CAMPAIGN_MANAGER, refuses=(NotFound,))
async def preview_notice(kind: Kind, body: PreviewIn, rooms: R) -> PreviewOut:
    """What a member would read in these words; nothing is kept and nobody is told."""
    shown = await notices.preview(
        rooms.sessions,
        rooms.notices.kinds,
        kind=kind,
        changes=body.model_dump(exclude={"variables"}, exclude_none=True),
        given=body.variables,
    )
    return PreviewOut.of(shown)


@router.get("/v1/admin/notice-sends", summary="通知发送记录")
@staff_only(Role.CAMPAIGN_MANAGER, reads=True, refuses=(CursorInvalid,))
async def list_notice_sends(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    kind: Annotated[str | None, Query(pattern=KIND_PATTERN)] = None,
    outcome: Annotated[
        NoticeOutcome | None, Query(description="不填为全部 · all if absent")
    ] = None,
) -> PageOut[NoticeSendOut]:
    """What became of notices on their way to phones, the newest first."""
    found = await notices.list_sends(rooms.sessions, page=page, kind=kind, outcome=outcome)
    link_next(request, response, found)
    shown = found.map(NoticeSendOut.model_validate)
    return PageOut[NoticeSendOut](items=shown.items, next_cursor=shown.next_cursor)
