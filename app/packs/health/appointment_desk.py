"""Staff's side of appointments: who comes when, who came. An expert sees and moves their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from app.models.health_appointments import HealthAppointment, HealthSlot
from app.models.health_experts import HealthExpert
from app.models.identity import Member
from app.models.states import Purpose, Role
from app.models.states_appointments import AppointmentState
from app.packs.health import appointment_queries as queries
from app.packs.health.appointment_life import APPOINTMENT, TELL, Step, settle, take
from app.packs.health.appointment_queries import (
    APPOINTMENT_WIDTH,
    AppointmentFacts,
    find_appointment,
)
from app.platform.clock import Clock, day_end, day_start
from app.platform.crypto import Sealer
from app.platform.db import AnySelect, Sessions
from app.platform.errors import Words
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.consents import require
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.seals import NAME, PHONE
from app.shared.ledger import Act, write
from app.shared.outbox import NewJob, put
from app.shared.personal_data import AccessKind, hold_account, log_access

_BY_TIME = Keyset(HealthAppointment.starts_at, HealthAppointment.id)
# Whoever has none of these sees what is their own as an expert.
_SEE_ALL = frozenset({Role.ADMINISTRATOR, Role.CAMPAIGN_MANAGER, Role.DESK, Role.AUDITOR})
LOOK = AccessKind(
    "health.appointments",
    Words(
        "工作人员或专家查看、办理了您的健康咨询预约，看到打码的姓名与手机号。",
        "Staff or an expert looked at your appointment or dealt with it; what was seen were a "
        "name and a phone, masked.",
    ),
)


@dataclass(frozen=True, slots=True)
class ListedAppointment:
    """An appointment and whose it is, masked."""

    appointment: AppointmentFacts
    member_no: str
    name: str
    phone: str


async def list_appointments(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    staff: StaffMember,
    actor: Actor,
    page: PageRequest,
    expert_id: UUID | None = None,
    day: date | None = None,
) -> Page[ListedAppointment]:
    """By their beginning, those in every state; each member shown is logged."""
    statement = _with_members().where(_within_reach(staff))
    if expert_id is not None:
        statement = statement.where(HealthSlot.expert_id == expert_id)
    if day is not None:
        begins = HealthAppointment.starts_at
        statement = statement.where(begins >= day_start(day), begins < day_end(day))
    async with sessions.begin() as session:
        rows = await _BY_TIME.page(session, statement, page)
        found = rows.map(lambda row: _listed(sealer, row))
        await log_access(
            session,
            clock,
            LOOK,
            staff_id=staff.id,
            roles=staff.roles,
            member_ids=[each.appointment.member_id for each in found.items],
        )
        looks = [
            Act(actor, "health.appointment.look", APPOINTMENT, each.appointment.id, at=clock.now())
            for each in found.items
        ]
        await write(session, looks)
    return found


async def deal_with(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    appointment_id: UUID,
    act: str,
    reason: str | None = None,
) -> ListedAppointment:
    """`check_in` (from an hour before; the consent must still stand), `fulfil`, `cancel`, or
    `correct`: it should never have been written down, so its slot is free again.

    Raises `NotFound`, `StateConflict`, `NotOpen`, `DeadlinePassed`, `ConsentRequired`.
    """
    this = (HealthAppointment.id == appointment_id) & _within_reach(staff)
    async with sessions.begin() as session:
        await once.first(session, about=select(HealthAppointment.id).where(this))
        await hold_account(session, (await find_appointment(session, this)).member_id)
        held = await find_appointment(session, this, locked=True)
        now = clock.now()
        if await settle(session, held, now=now, actor=actor):
            held = await find_appointment(session, this)
        await take(session, held, Step(act, now, actor, reason))
        if act == "check_in":
            await require(session, member_id=held.member_id, purpose=Purpose.HEALTH_DATA)
        if act == "cancel":
            about: Mapping[str, Any] = {"appointment_id": held.id}
            await put(session, NewJob(TELL, {**about, "what": AppointmentState.CANCELLED}))
        row = (await session.execute(_with_members().where(this))).one()
        seen = _listed(sealer, row)
        await log_access(
            session, clock, LOOK, staff_id=staff.id, roles=staff.roles, member_ids=[held.member_id]
        )
        await once.keep(session, seen)
    return seen


def _within_reach(staff: StaffMember) -> ColumnElement[bool]:
    if staff.roles & _SEE_ALL:
        return true()
    theirs = (
        select(HealthSlot.id)
        .join(HealthExpert, HealthExpert.id == HealthSlot.expert_id)
        .where(HealthExpert.staff_id == staff.id)
    )
    return HealthAppointment.slot_id.in_(theirs)


def _with_members() -> AnySelect:
    return (
        queries.select_appointments()
        .join(Member, Member.id == HealthAppointment.member_id)
        .add_columns(Member.member_no, Member.name_sealed, Member.phone_sealed)
    )


def _listed(sealer: Sealer, row: Any) -> ListedAppointment:
    member_no, name, phone = row[APPOINTMENT_WIDTH : APPOINTMENT_WIDTH + 3]
    return ListedAppointment(
        queries.appointment_facts(row),
        member_no,
        NAME.show(sealer, name),
        PHONE.show(sealer, phone),
    )
