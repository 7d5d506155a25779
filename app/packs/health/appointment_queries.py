"""Appointments' SQL: slots and appointments, found or locked in the one order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_appointments import HealthAppointment, HealthPlan, HealthSlot
from app.models.health_experts import HealthExpert
from app.models.states_appointments import AppointmentState
from app.models.states_health import HealthTopic
from app.packs.health import appointment_rules as rules
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset

BY_TIME = Keyset(HealthSlot.starts_at, HealthSlot.id)
LATEST_FIRST = Keyset(HealthAppointment.starts_at, HealthAppointment.id, descending=True)


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot. `is_taken`: somebody's appointment holds it."""

    id: UUID
    expert_id: UUID
    pool_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    is_offered: bool
    is_taken: bool
    is_of_active_expert: bool

    @property
    def is_bookable(self) -> bool:
        """Whether anybody may want it; not, whether somebody has it."""
        return self.is_offered and self.is_of_active_expert


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """As stored; `state_at` reads it. Whom with, and where."""

    id: UUID
    slot_id: UUID
    unit_id: UUID
    member_id: UUID
    person_id: UUID
    starts_at: datetime
    ends_at: datetime
    decided: AppointmentState
    hold_until: datetime | None
    made_at: datetime
    closed_at: datetime | None
    expert_id: UUID
    expert_name: str
    hospital: str
    department: str
    place: str

    @property
    def due_at(self) -> datetime | None:
        """When time decides it, if nobody else does before."""
        if self.decided is AppointmentState.PENDING:
            return self.hold_until
        return self.ends_at if self.decided is AppointmentState.BOOKED else None

    def state_at(self, now: datetime) -> AppointmentState:
        return rules.state_at(self.decided, self.hold_until, self.ends_at, now)


def advises_on(topic: HealthTopic) -> ColumnElement[bool]:
    """Of experts."""
    return literal(topic.value) == any_(HealthExpert.topics)


def is_ahead(now: datetime) -> ColumnElement[bool]:
    """Somebody is still to come, and what was held for too long is not written down."""
    return HealthAppointment.state.in_(sorted(rules.AHEAD)) & (
        (HealthAppointment.state != AppointmentState.PENDING) | (HealthAppointment.hold_until > now)
    )


def has_lapsed(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Held for too long, and not written down yet."""
    return (HealthAppointment.state == AppointmentState.PENDING) & (
        HealthAppointment.hold_until <= now
    )


# As the members read it: what was held for too long holds nothing.
_TAKEN = (
    exists()
    .where(
        HealthAppointment.slot_id == HealthSlot.id,
        HealthAppointment.state.in_(sorted(rules.HOLDING)),
        ~has_lapsed(func.campaign_now()),
    )
    .correlate(HealthSlot)
)
_SLOT = (
    HealthSlot.id,
    HealthSlot.expert_id,
    HealthSlot.pool_id,
    HealthSlot.starts_at,
    HealthSlot.ends_at,
    HealthSlot.is_offered,
    _TAKEN,
    HealthExpert.is_active,
)
_APPOINTMENT = (
    HealthAppointment.id,
    HealthAppointment.slot_id,
    HealthAppointment.unit_id,
    HealthAppointment.member_id,
    HealthAppointment.person_id,
    HealthAppointment.starts_at,
    HealthAppointment.ends_at,
    HealthAppointment.state,
    HealthAppointment.hold_until,
    HealthAppointment.made_at,
    HealthAppointment.closed_at,
    HealthExpert.id,
    HealthExpert.name,
    HealthExpert.hospital,
    HealthExpert.department,
    HealthPlan.place,
)
APPOINTMENT_WIDTH = len(_APPOINTMENT)


def select_slots() -> AnySelect:
    return select(*_SLOT).join(HealthExpert, HealthExpert.id == HealthSlot.expert_id)


def slot_facts(row: Any) -> SlotFacts:
    """A row of `select_slots`; whatever was added comes behind."""
    return SlotFacts(*row[: len(_SLOT)])


def select_appointments() -> AnySelect:
    return (
        select(*_APPOINTMENT)
        .join(HealthSlot, HealthSlot.id == HealthAppointment.slot_id)
        .join(HealthExpert, HealthExpert.id == HealthSlot.expert_id)
        .join(HealthPlan, HealthPlan.expert_id == HealthExpert.id)
    )


def appointment_facts(row: Any) -> AppointmentFacts:
    """A row of `select_appointments`; whatever was added comes behind."""
    return AppointmentFacts(*row[:APPOINTMENT_WIDTH])


async def find_appointment(
    session: AsyncSession, *where: ColumnElement[bool], locked: bool = False
) -> AppointmentFacts:
    """The one that fits; locked before any slot or pool. Raises `NotFound`."""
    if locked:
        found = await session.scalar(
            select(HealthAppointment.id).where(*where).with_for_update(key_share=True)
        )
        if found is None:
            raise NotFound()
    row = (await session.execute(select_appointments().where(*where))).one_or_none()
    if row is None:
        raise NotFound()
    return appointment_facts(row)
