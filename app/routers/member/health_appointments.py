"""Appointments for members: slots, book, confirm, move, give up."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states_health import HealthTopic
from app.packs.health import appointments
from app.packs.health.appointment_queries import AppointmentFacts
from app.packs.health.appointment_refusals import Overlapping, SlotTaken
from app.packs.health.booking import book
from app.packs.health.slots import list_slots
from app.platform.errors import CursorInvalid, DeadlinePassed, NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.guard import REQUIRED, MemberCaller, OnceKey, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import Day, PageOut
from app.schemas.health_appointments import AppointmentOut, BookIn, MoveIn, SlotOut
from app.shared.consents import ConsentRequired
from app.shared.idempotency import Once
from app.shared.stock import NotOpen

router = api_router()

APPOINTMENTS = "/v1/health/appointments"
APPOINTMENT = APPOINTMENTS + "/{appointment_id}"
OnDay = Annotated[
    Day | None,
    Query(description="只看这一天（上海时间） · on this Shanghai day", examples=["2026-01-12"]),
]


@router.get("/v1/health/experts/{expert_id}/slots", summary="专家的可约时段")
@members_only(refuses=(CursorInvalid,))
async def list_expert_slots(
    expert_id: UUID,
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    day: OnDay = None,
) -> PageOut[SlotOut]:
    """What is ahead of one expert, taken slots too, the soonest first."""
    found = await list_slots(rooms.sessions, rooms.clock, page=page, expert_id=expert_id, day=day)
    link_next(request, response, found)
    shown = found.map(SlotOut.of)
    return PageOut[SlotOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get("/v1/health/slots", summary="可约时段")
@members_only(refuses=(CursorInvalid,))
async def list_topic_slots(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    topic: Annotated[
        HealthTopic | None, Query(description="只看这个主题的 · who advises on this")
    ] = None,
    day: OnDay = None,
) -> PageOut[SlotOut]:
    """What is ahead of all experts, or of all who advise on a topic: to choose a time by, whoever
    it is with."""
    found = await list_slots(rooms.sessions, rooms.clock, page=page, topic=topic, day=day)
    link_next(request, response, found)
    shown = found.map(SlotOut.of)
    return PageOut[SlotOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(APPOINTMENTS, status_code=201, summary="预约专家")
@members_only(key=REQUIRED, refuses=(NotFound, NotOpen, DeadlinePassed, SlotTaken, Overlapping))
async def book_appointment(
    body: BookIn, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> AppointmentOut:
    """Book a slot, or any expert of a topic at a time. Who has given the consent `health_data` has
    it at once (`booked`); for everybody else it is held (`pending`) until `hold_until`, while they
    read that."""
    booked = await book(
        rooms.sessions,
        rooms.clock,
        _answering(once, rooms, 201),
        member=member,
        actor=actor,
        wanted=body.wanted(),
    )
    return AppointmentOut.of(booked, rooms.clock)


@router.get(APPOINTMENTS, summary="我的预约")
@members_only(refuses=(CursorInvalid,))
async def list_appointments(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> PageOut[AppointmentOut]:
    """Mine in every state, the latest first."""
    found = await appointments.list_own(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    shown = found.map(lambda each: AppointmentOut.of(each, rooms.clock))
    return PageOut[AppointmentOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(APPOINTMENT, summary="我的一个预约")
@members_only()
async def get_appointment(appointment_id: UUID, member: MemberCaller, rooms: R) -> AppointmentOut:
    """One of mine, with whom and where."""
    found = await appointments.find_own(
        rooms.sessions, member_id=member.id, appointment_id=appointment_id
    )
    return AppointmentOut.of(found, rooms.clock)


@router.post(APPOINTMENT + "/confirmation", summary="确认预约")
@members_only(key=REQUIRED, refuses=(StateConflict, ConsentRequired))
async def confirm_appointment(
    appointment_id: UUID, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> AppointmentOut:
    """The consent is given: what was held is booked."""
    booked = await appointments.confirm(
        rooms.sessions,
        rooms.clock,
        _answering(once, rooms, 200),
        member_id=member.id,
        actor=actor,
        appointment_id=appointment_id,
    )
    return AppointmentOut.of(booked, rooms.clock)


@router.post(APPOINTMENT + "/cancellation", summary="取消预约")
@members_only(key=REQUIRED, refuses=(StateConflict, DeadlinePassed))
async def cancel_appointment(
    appointment_id: UUID, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> AppointmentOut:
    """Give it up before it begins; the slot is free at once."""
    cancelled = await appointments.cancel(
        rooms.sessions,
        rooms.clock,
        _answering(once, rooms, 200),
        member_id=member.id,
        actor=actor,
        appointment_id=appointment_id,
    )
    return AppointmentOut.of(cancelled, rooms.clock)


@router.post(APPOINTMENT + "/move", summary="改期")
@members_only(
    key=REQUIRED,
    refuses=(StateConflict, DeadlinePassed, ConsentRequired, SlotTaken, Overlapping),
)
async def move_appointment(
    appointment_id: UUID,
    body: MoveIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> AppointmentOut:
    """To another slot, of this expert or of another, all or nothing: where the new one cannot be
    had, the old one stays mine."""
    moved = await appointments.move(
        rooms.sessions,
        rooms.clock,
        _answering(once, rooms, 200),
        member_id=member.id,
        actor=actor,
        appointment_id=appointment_id,
        slot_id=body.slot_id,
    )
    return AppointmentOut.of(moved, rooms.clock)


def _answering(once: Once, rooms: Rooms, status: int) -> Once:
    def render(held: AppointmentFacts) -> str:
        return AppointmentOut.of(held, rooms.clock).model_dump_json()

    return once.answering(status, render)
