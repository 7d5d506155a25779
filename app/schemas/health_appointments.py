"""Slots and appointments in JSON, as members and staff send and see them."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.models.states_appointments import AppointmentState
from app.models.states_health import HealthTopic
from app.packs.health.appointment_desk import ListedAppointment
from app.packs.health.appointment_queries import AppointmentFacts, SlotFacts
from app.packs.health.booking import AnyExpert
from app.platform.clock import Clock
from app.schemas.base import Input, Instant, Output


class SlotOut(Output):
    """A time at which an expert receives one member. `is_free` may be a second old."""

    id: UUID
    expert_id: UUID
    starts_at: Instant
    ends_at: Instant
    is_free: bool

    @classmethod
    def of(cls, slot: SlotFacts) -> Self:
        return cls(
            id=slot.id,
            expert_id=slot.expert_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            is_free=not slot.is_taken,
        )


class BookIn(Input):
    """One slot (`slot_id`), or any expert of a topic at a time (`topic`, `starts_at`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"topic": "general", "starts_at": "2099-01-10T09:00:00+08:00"}
        }
    )

    slot_id: UUID | None = Field(default=None, description="指定时段 · this slot")
    topic: HealthTopic | None = Field(default=None, description="不限专家的主题 · any expert of it")
    starts_at: Instant | None = Field(default=None, description="与 topic 一起 · goes with `topic`")

    @model_validator(mode="after")
    def _wants_one(self) -> Self:
        is_whole = (self.topic is None) == (self.starts_at is None)
        if not is_whole or (self.slot_id is None) == (self.topic is None):
            raise PydanticCustomError("want_one", "send slot_id, or topic and starts_at")
        return self

    def wanted(self) -> UUID | AnyExpert:
        if self.topic is not None and self.starts_at is not None:
            return AnyExpert(self.topic, self.starts_at)
        assert self.slot_id is not None, "one of them is there"
        return self.slot_id


class MoveIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"example": {"slot_id": "01855a2c-1c00-7000-8000-0000000000ff"}}
    )

    slot_id: UUID


class AppointmentOut(Output):
    """An appointment of mine as it stands. Of a `pending` one the slot is held until `hold_until`:
    read and give the consent `health_data`, then confirm."""

    id: UUID
    slot_id: UUID
    expert_id: UUID
    expert_name: str
    hospital: str
    department: str
    place: str
    starts_at: Instant
    ends_at: Instant
    state: AppointmentState
    hold_until: Instant | None
    made_at: Instant

    @classmethod
    def of(cls, held: AppointmentFacts, clock: Clock) -> Self:
        state = held.state_at(clock.now())
        return cls(
            id=held.id,
            slot_id=held.slot_id,
            expert_id=held.expert_id,
            expert_name=held.expert_name,
            hospital=held.hospital,
            department=held.department,
            place=held.place,
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            state=state,
            hold_until=held.hold_until if state is AppointmentState.PENDING else None,
            made_at=held.made_at,
        )


class StaffAppointmentOut(Output):
    """An appointment and whose it is; name and phone are masked, and the look is logged. What
    somebody comes for is not kept."""

    id: UUID
    slot_id: UUID
    expert_id: UUID
    expert_name: str
    place: str
    starts_at: Instant
    ends_at: Instant
    state: AppointmentState
    made_at: Instant
    member_no: str
    name: str
    phone: str

    @classmethod
    def of(cls, listed: ListedAppointment, clock: Clock) -> Self:
        held = listed.appointment
        return cls(
            id=held.id,
            slot_id=held.slot_id,
            expert_id=held.expert_id,
            expert_name=held.expert_name,
            place=held.place,
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            state=held.state_at(clock.now()),
            made_at=held.made_at,
            member_no=listed.member_no,
            name=listed.name,
            phone=listed.phone,
        )
