"""Appointments for staff: experts' plans, who comes when, who came."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states import Role
from app.packs.health import appointment_desk, plans
from app.packs.health.appointment_desk import ListedAppointment
from app.packs.health.appointment_refusals import SlotsBooked
from app.platform.errors import CursorInvalid, DeadlinePassed, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import Day, PageOut, Reason
from app.schemas.health_appointments import StaffAppointmentOut
from app.schemas.health_plans import PlanIn, PlanOut
from app.shared.consents import ConsentRequired
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.stock import NotOpen

router = api_router()

PLAN = "/v1/admin/health/experts/{expert_id}/plan"
APPOINTMENTS = "/v1/admin/health/appointments"
APPOINTMENT = APPOINTMENTS + "/{appointment_id}"
MANAGER, DESK, EXPERT = Role.CAMPAIGN_MANAGER, Role.DESK, Role.EXPERT


@router.get(PLAN, summary="专家排班")
@staff_only(MANAGER, DESK, EXPERT, reads=True)
async def get_plan(expert_id: UUID, rooms: R) -> PlanOut:
    """An expert's weekly hours, breaks and exceptions, and how many slots are ahead."""
    found = await plans.find_plan(rooms.sessions, rooms.clock, expert_id=expert_id)
    return PlanOut.of(found)


@router.put(PLAN, summary="设置专家排班")
@staff_only(MANAGER, verb="health.plan.set", refuses=(VersionStale, SlotsBooked))
async def set_plan(expert_id: UUID, body: PlanIn, actor: Acting, rooms: R) -> PlanOut:
    """The whole plan from now on. A plan that leaves out booked slots is refused with a list of
    them; slots that have begun stay as they were."""
    found = await plans.set_plan(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        expert_id=expert_id,
        version=body.version,
        plan=body.plan(),
    )
    return PlanOut.of(found)


@router.get(APPOINTMENTS, summary="预约名单")
@staff_only(
    MANAGER,
    DESK,
    EXPERT,
    reads=True,
    verb="health.appointment.look",
    refuses=(CursorInvalid,),
)
async def list_staff_appointments(
    request: Request,
    response: Response,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    page: Paging,
    expert_id: Annotated[UUID | None, Query(description="只看这位专家 · of this expert")] = None,
    day: Annotated[
        Day | None,
        Query(description="只看这一天（上海时间） · on this Shanghai day", examples=["2026-01-12"]),
    ] = None,
) -> PageOut[StaffAppointmentOut]:
    """Who comes when, in every state; masked, and each look is logged. An expert sees their own."""
    found = await appointment_desk.list_appointments(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        staff=staff,
        actor=actor,
        page=page,
        expert_id=expert_id,
        day=day,
    )
    link_next(request, response, found)
    shown = found.map(lambda each: StaffAppointmentOut.of(each, rooms.clock))
    return PageOut[StaffAppointmentOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(APPOINTMENT + "/check-in", summary="预约签到")
@staff_only(
    MANAGER,
    DESK,
    EXPERT,
    verb="health.appointment.check_in",
    key=OPTIONAL,
    refuses=(StateConflict, NotOpen, ConsentRequired),
)
async def check_in_appointment(
    appointment_id: UUID, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StaffAppointmentOut:
    """The member has come; from an hour before. Whoever has withdrawn the consent meanwhile is
    asked for it again first."""
    return await _deal_with(rooms, once, staff, actor, appointment_id, "check_in")


@router.post(APPOINTMENT + "/fulfilment", summary="预约完成")
@staff_only(
    MANAGER,
    DESK,
    EXPERT,
    verb="health.appointment.fulfil",
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def fulfil_appointment(
    appointment_id: UUID, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StaffAppointmentOut:
    """It took place; also of somebody who came and was not checked in (`no_show`)."""
    return await _deal_with(rooms, once, staff, actor, appointment_id, "fulfil")


@router.post(APPOINTMENT + "/cancellation", summary="取消会员的预约")
@staff_only(
    MANAGER,
    DESK,
    verb="health.appointment.cancel",
    key=OPTIONAL,
    refuses=(StateConflict, DeadlinePassed),
)
async def cancel_members_appointment(
    appointment_id: UUID,
    body: Reason,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> StaffAppointmentOut:
    """The expert cannot come, say: the member is told, and the slot is free."""
    return await _deal_with(rooms, once, staff, actor, appointment_id, "cancel", body.reason)


@router.post(APPOINTMENT + "/correction", summary="预约录入有误")
@staff_only(
    MANAGER,
    DESK,
    verb="health.appointment.correct",
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def correct_appointment(
    appointment_id: UUID,
    body: Reason,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> StaffAppointmentOut:
    """It should never have been written down (`entered_in_error`): it counts for nothing, and its
    slot is free again."""
    return await _deal_with(rooms, once, staff, actor, appointment_id, "correct", body.reason)


async def _deal_with(
    rooms: Rooms,
    once: Once,
    staff: StaffMember,
    actor: Actor,
    appointment_id: UUID,
    act: str,
    reason: str | None = None,
) -> StaffAppointmentOut:
    def render(each: ListedAppointment) -> str:
        return StaffAppointmentOut.of(each, rooms.clock).model_dump_json()

    seen = await appointment_desk.deal_with(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, render),
        staff=staff,
        actor=actor,
        appointment_id=appointment_id,
        act=act,
        reason=reason,
    )
    return StaffAppointmentOut.of(seen, rooms.clock)
