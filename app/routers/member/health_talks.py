"""Talks for members: see them, register, show the pass, give a place up."""

from uuid import UUID

from fastapi import Request, Response

from app.packs.health import registrations, talk_browse
from app.packs.health.registering import register
from app.packs.health.talk_refusals import AlreadyRegistered, Full
from app.platform.errors import CursorInvalid, DeadlinePassed, NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.editions import OpenEdition
from app.routers.guard import (
    CLAIM_KEY,
    REQUIRED,
    ClaimKey,
    MemberCaller,
    OnceKey,
    api_router,
    members_only,
)
from app.routers.paging import Paging, link_next
from app.routers.qr import NO_STORE, PNG, SVG, drawn_as, png_answer, svg_answer
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut
from app.schemas.health_talks import RegisteredOut, RegistrationOut, TalkList, TalkOut
from app.schemas.passes import HolderPassOut
from app.shared.counter import ShownPass
from app.shared.identity.callers import Member
from app.shared.stock import NotOpen

router = api_router()

TALKS = "/v1/health/talks"
REGISTRATIONS = "/v1/health/registrations"
REGISTRATION = REGISTRATIONS + "/{registration_id}"


@router.get(TALKS, summary="健康讲座")
@members_only(refuses=(CursorInvalid, NotFound))
async def list_talks(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    campaign_id: OpenEdition = None,
) -> TalkList:
    """Talks by their beginning, past ones too, for their replay; of all editions that run, or of
    one."""
    found = await talk_browse.list_talks(
        rooms.sessions, rooms.clock, member=member, page=page, campaign_id=campaign_id
    )
    link_next(request, response, found)
    return TalkList(
        items=[TalkOut.of(seen) for seen in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )


@router.get(TALKS + "/{talk_id}", summary="一场讲座")
@members_only()
async def get_health_talk(talk_id: UUID, member: MemberCaller, rooms: R) -> TalkOut:
    """One talk, with my place and, once it is over, its replay."""
    seen = await talk_browse.look_at(rooms.sessions, rooms.clock, member=member, talk_id=talk_id)
    return TalkOut.of(seen)


@router.post(TALKS + "/{talk_id}/registrations", status_code=201, summary="报名讲座")
@members_only(key=CLAIM_KEY, refuses=(NotOpen, AlreadyRegistered, Full))
async def register_for_talk(
    talk_id: UUID,
    response: Response,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    key: ClaimKey,
) -> RegisteredOut:
    """Take a place; one a person and talk. Repeat it with the same key as often as you like."""
    registered = await register(
        rooms.stock,
        rooms.sessions,
        rooms.closed,
        member=member,
        actor=actor,
        talk_id=talk_id,
        request=key,
    )
    if registered.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return RegisteredOut.of(registered.registration)


@router.get(REGISTRATIONS, summary="我的讲座报名")
@members_only(refuses=(CursorInvalid,))
async def list_registrations(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> PageOut[RegistrationOut]:
    """My places in every state, newest first."""
    found = await registrations.list_own(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    return PageOut[RegistrationOut](
        items=[RegistrationOut.of(each, rooms.clock) for each in found.items],
        next_cursor=found.next_cursor,
    )


@router.post(REGISTRATION + "/cancellation", summary="取消讲座报名")
@members_only(key=REQUIRED, refuses=(StateConflict, DeadlinePassed))
async def cancel_registration(
    registration_id: UUID, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> RegistrationOut:
    """Give the place up before the talk begins; somebody else can have it at once."""
    cancelled = await registrations.cancel_registration(
        rooms.stock,
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: RegistrationOut.of(each, rooms.clock).model_dump_json()),
        member_id=member.id,
        actor=actor,
        registration_id=registration_id,
    )
    return RegistrationOut.of(cancelled, rooms.clock)


@router.get(REGISTRATION + "/pass", summary="讲座签到的二维码内容")
@members_only(refuses=(StateConflict,))
async def get_talk_pass(
    registration_id: UUID, response: Response, member: MemberCaller, rooms: R
) -> HolderPassOut:
    """A pass signed now: show it as a QR, and fetch the next before `expires_at`."""
    response.headers.update(NO_STORE)
    return HolderPassOut.of(await _show(rooms, member, registration_id))


@router.get(
    REGISTRATION + "/pass.svg",
    summary="讲座签到的二维码（SVG）",
    response_class=Response,
    responses=drawn_as(SVG),
)
@members_only(refuses=(StateConflict,))
async def get_talk_pass_svg(registration_id: UUID, member: MemberCaller, rooms: R) -> Response:
    """The pass as a QR, for any size of screen."""
    return await svg_answer((await _show(rooms, member, registration_id)).text)


@router.get(
    REGISTRATION + "/pass.png",
    summary="讲座签到的二维码（PNG）",
    response_class=Response,
    responses=drawn_as(PNG),
)
@members_only(refuses=(StateConflict,))
async def get_talk_pass_png(registration_id: UUID, member: MemberCaller, rooms: R) -> Response:
    """The pass as a QR, as a picture."""
    return await png_answer((await _show(rooms, member, registration_id)).text)


async def _show(rooms: Rooms, member: Member, registration_id: UUID) -> ShownPass:
    return await registrations.show_pass(
        rooms.sessions,
        rooms.talk_passes,
        rooms.clock,
        member_id=member.id,
        registration_id=registration_id,
    )
