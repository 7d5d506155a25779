"""Talks for staff: plan them, see who comes, record who came."""

from uuid import UUID

from fastapi import Request, Response

from app.models.states import Role
from app.packs.health import attendance, talks
from app.packs.health.attendance import ListedRegistration, ShownHere
from app.packs.health.talk_queries import TalkFacts
from app.packs.health.talk_refusals import AlreadyAttended
from app.packs.health.talk_statistics import talk_statistics
from app.platform.errors import CursorInvalid, NotFound, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut, Reason
from app.schemas.health_talks_desk import (
    AttendanceIn,
    CapacityChange,
    StaffRegistrationOut,
    StaffTalkOut,
    TalkChange,
    TalkFiguresOut,
    TalkIn,
)
from app.shared.counter.refusals import CodeUnknown, PassExpired
from app.shared.stock import BelowIssued, NotOpen

router = api_router()

TALKS = "/v1/admin/health/talks"
TALK = TALKS + "/{talk_id}"
MANAGER, DESK = Role.CAMPAIGN_MANAGER, Role.DESK


@router.get(TALKS, summary="讲座清单")
@staff_only(MANAGER, DESK, reads=True, refuses=(CursorInvalid,))
async def list_staff_talks(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffTalkOut]:
    """All talks by their beginning."""
    found = await talks.list_for_staff(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(StaffTalkOut.of)
    return PageOut[StaffTalkOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(TALKS, status_code=201, summary="新建讲座")
@staff_only(MANAGER, verb="health.talk.create", key=OPTIONAL, refuses=(NotFound,))
async def create_talk(body: TalkIn, actor: Acting, rooms: R, once: OnceKey) -> StaffTalkOut:
    """Announce a talk; members see it at once, and register when its window opens."""
    created = await talks.create_talk(
        rooms.sessions,
        rooms.clock,
        once.answering(201, _render),
        actor=actor,
        talk=body.new(),
        campaign_id=body.campaign_id,
    )
    return StaffTalkOut.of(created)


@router.get(TALK, summary="一场讲座（后台）")
@staff_only(MANAGER, DESK, reads=True)
async def get_staff_talk(talk_id: UUID, rooms: R) -> StaffTalkOut:
    """One talk."""
    return StaffTalkOut.of(await talks.find_for_staff(rooms.sessions, talk_id=talk_id))


@router.patch(TALK, summary="修改讲座")
@staff_only(MANAGER, verb="health.talk.change", refuses=(VersionStale,))
async def change_talk(talk_id: UUID, body: TalkChange, actor: Acting, rooms: R) -> StaffTalkOut:
    """Correct texts, times and links. Whoever has a place is told of another time or place."""
    changed = await talks.change_talk(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        actor=actor,
        talk_id=talk_id,
        version=body.version,
        changes=body.changes(),
    )
    return StaffTalkOut.of(changed)


@router.post(TALK + "/capacity", summary="调整讲座名额")
@staff_only(
    MANAGER,
    verb="health.talk.change_capacity",
    key=OPTIONAL,
    refuses=(VersionStale, BelowIssued),
)
async def change_talk_capacity(
    talk_id: UUID, body: CapacityChange, actor: Acting, rooms: R, once: OnceKey
) -> StaffTalkOut:
    """More or fewer places, never fewer than are taken."""
    changed = await talks.change_capacity(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        once.answering(200, _render),
        actor=actor,
        talk_id=talk_id,
        **body.model_dump(),
    )
    return StaffTalkOut.of(changed)


@router.get(TALK + "/statistics", summary="讲座数据")
@staff_only(MANAGER, DESK, reads=True)
async def get_talk_statistics(talk_id: UUID, rooms: R) -> TalkFiguresOut:
    """Registered, cancelled, attended and missed, as of one instant."""
    found = await talk_statistics(rooms.sessions, rooms.clock, talk_id=talk_id)
    return TalkFiguresOut.of(found)


@router.get(TALK + "/registrations", summary="讲座报名名单")
@staff_only(MANAGER, DESK, reads=True, verb="health.talk.look", refuses=(CursorInvalid,))
async def list_talk_registrations(
    talk_id: UUID,
    request: Request,
    response: Response,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    page: Paging,
) -> PageOut[StaffRegistrationOut]:
    """Who registered, in that order, cancelled ones too; masked, and each look is logged."""
    found = await attendance.list_registrations(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        staff=staff,
        actor=actor,
        talk_id=talk_id,
        page=page,
    )
    link_next(request, response, found)
    shown = found.map(StaffRegistrationOut.of)
    return PageOut[StaffRegistrationOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(TALK + "/attendances", summary="讲座签到")
@staff_only(
    MANAGER,
    DESK,
    verb="health.registration.attend",
    key=OPTIONAL,
    refuses=(CodeUnknown, PassExpired, NotOpen, AlreadyAttended, StateConflict),
)
async def record_attendance(
    talk_id: UUID,
    body: AttendanceIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> StaffRegistrationOut:
    """Somebody is there: by the pass that they show (60 s), or from the list. From two hours
    before the talk begins; afterwards a list on paper may still be entered."""
    seen = await attendance.attend(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, _render_place),
        staff=staff,
        actor=actor,
        talk_id=talk_id,
        shown=body.registration_id or ShownHere(rooms.talk_passes, body.text or ""),
    )
    return StaffRegistrationOut.of(seen)


@router.post("/v1/admin/health/registrations/{registration_id}/reversal", summary="撤销讲座签到")
@staff_only(MANAGER, DESK, verb="health.registration.undo", key=OPTIONAL, refuses=(StateConflict,))
async def undo_attendance(
    registration_id: UUID,
    body: Reason,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> StaffRegistrationOut:
    """Recorded by mistake: the place is as before."""
    seen = await attendance.undo_attendance(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, _render_place),
        staff=staff,
        actor=actor,
        registration_id=registration_id,
        reason=body.reason,
    )
    return StaffRegistrationOut.of(seen)


def _render(talk: TalkFacts) -> str:
    return StaffTalkOut.of(talk).model_dump_json()


def _render_place(listed: ListedRegistration) -> str:
    return StaffRegistrationOut.of(listed).model_dump_json()
