"""Appointments with experts: plans, the slots that follow from them, who has which.

Two constraints of the database keep what counts: slots of an expert never overlap, and neither do
appointments of a person. (`btree_gist` lets an index hold an id beside a range of time.)
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, UniqueConstraint, event, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states_appointments import AppointmentState

# States that hold their slot: what was cancelled or entered in error has given it back.
HOLDING = "state NOT IN ('cancelled', 'entered_in_error')"

NEEDED = DDL("CREATE EXTENSION IF NOT EXISTS btree_gist")  # type: ignore[no-untyped-call]
event.listen(Base.metadata, "before_create", NEEDED)


class HealthPlan(Base):
    """When an expert receives members, as staff keep it: weekly hours, breaks, exceptions. Its
    slots are written out as rows; what follows from what says `app/packs/health/slot_rules.py`."""

    __tablename__ = "health_plan"
    __table_args__ = (CheckConstraint("slot_min BETWEEN 5 AND 240", name="slot_min_range"),)

    expert_id: Mapped[UUID] = mapped_column(ForeignKey("health_expert.id"), primary_key=True)
    place: Mapped[str]
    slot_min: Mapped[int]
    hours: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    breaks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    exceptions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class HealthSlot(Base):
    """A time at which an expert receives one member. Its pool of one is made when it is first
    wanted. `is_offered`: it follows from the plan as that is now."""

    __tablename__ = "health_slot"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="has_length"),
        CheckConstraint("is_offered OR pool_id IS NOT NULL", name="was_wanted"),
        Index(None, "expert_id", "starts_at"),
        Index(None, "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expert_id: Mapped[UUID] = mapped_column(ForeignKey("health_expert.id"))
    pool_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))


class HealthAppointment(Base):
    """A member and a slot. `unit_id` is the grant of the slot's pool, another one after each
    move; the slot's times stand here too, so that a constraint can compare them."""

    __tablename__ = "health_appointment"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="has_length"),
        CheckConstraint("(state = 'pending') <= (hold_until IS NOT NULL)", name="held_until_when"),
        CheckConstraint(
            "(closed_at IS NOT NULL) = "
            "(state IN ('fulfilled', 'no_show', 'cancelled', 'entered_in_error'))",
            name="closed_when_ended",
        ),
        # Whatever else fails, a slot is one member's.
        Index(
            "uq_health_appointment_holding",
            "slot_id",
            unique=True,
            postgresql_where=text(HOLDING),
        ),
        Index(None, "member_id", "starts_at"),
        Index(None, "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    slot_id: Mapped[UUID] = mapped_column(ForeignKey("health_slot.id"))
    unit_id: Mapped[UUID] = mapped_column(unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[AppointmentState] = mapped_column(enum_column(AppointmentState, "state"))
    hold_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


# Half-open: who leaves at ten may be somewhere else at ten.
NO_TWO_AT_ONCE = "ex_health_appointment_no_two_at_once"
HealthSlot.__table__.append_constraint(  # type: ignore[attr-defined]
    ExcludeConstraint(
        (HealthSlot.expert_id, "="),
        (func.tstzrange(HealthSlot.starts_at, HealthSlot.ends_at), "&&"),
        name="ex_health_slot_no_two_at_once",
        using="gist",
        where=text("is_offered"),
    )
)
HealthAppointment.__table__.append_constraint(  # type: ignore[attr-defined]
    ExcludeConstraint(
        (HealthAppointment.person_id, "="),
        (func.tstzrange(HealthAppointment.starts_at, HealthAppointment.ends_at), "&&"),
        name=NO_TWO_AT_ONCE,
        using="gist",
        where=text(HOLDING),
    )
)


class HealthAppointmentHistory(Base):
    """One row a move of an appointment: who, when, from, to, and where to if it was moved.
    `slot_id` None: the slot that it was moved away from is erased."""

    __tablename__ = "health_appointment_history"
    __table_args__ = (UniqueConstraint("appointment_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("health_appointment.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[AppointmentState | None] = mapped_column(
        enum_column(AppointmentState, "from_state")
    )
    to_state: Mapped[AppointmentState] = mapped_column(enum_column(AppointmentState, "to_state"))
    slot_id: Mapped[UUID | None] = mapped_column(ForeignKey("health_slot.id"), index=True)
