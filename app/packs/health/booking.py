"""Book an appointment: one slot of an expert, or whichever is free at a time.

What decides is the database: the slot's pool of one (docs/stock.md), and a constraint by which
nobody has two appointments that overlap. So nothing is looked up and then taken.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_appointments import NO_TWO_AT_ONCE, HealthAppointment, HealthSlot
from app.models.health_experts import HealthExpert
from app.models.states import PackKind, Purpose
from app.models.states_appointments import AppointmentState
from app.models.states_health import HealthTopic
from app.packs.health import appointment_rules as rules
from app.packs.health.appointment_life import LAPSE, Step, expect, record, settle_lapsed
from app.packs.health.appointment_queries import (
    AppointmentFacts,
    SlotFacts,
    advises_on,
    find_appointment,
)
from app.packs.health.appointment_refusals import Overlapping, SlotTaken
from app.packs.health.slots import lock_slots, take_slot
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import DeadlinePassed, NotFound
from app.platform.ids import new_id
from app.shared.campaigns import current_campaign, hold_open
from app.shared.consents import ConsentRequired, require
from app.shared.draws.commitment_rules import shown_time
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.outbox import NewJob, put


@dataclass(frozen=True, slots=True)
class AnyExpert:
    """Whoever advises on it and is free at that time."""

    topic: HealthTopic
    starts_at: datetime


async def book(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    wanted: UUID | AnyExpert,
) -> AppointmentFacts:
    """`wanted`: a slot, or any expert. Booked at once by who consents to `health_data`; for
    everybody else the slot is held while they read that.

    Raises `NotFound`, `PackClosed`, `DeadlinePassed`, `SlotTaken`, `Overlapping`.
    """
    slots = _of(wanted)
    at_stake = select(HealthSlot.id).where(slots)
    await settle_lapsed(
        sessions,
        or_(
            HealthAppointment.person_id == member.person_id,
            HealthAppointment.slot_id.in_(at_stake),
        ),
        now=clock.now(),
        actor=actor,
    )
    async with sessions.begin() as session:
        await once.first(session)
        campaign, now = await current_campaign(session), clock.now()
        await hold_open(session, campaign.id, PackKind.HEALTH)
        slot, unit_id = await _take(session, slots, wanted, member, now)
        held = _Held(new_id(), campaign.id, slot, unit_id, await _consents(session, member.id), now)
        await _insert(session, held, member, actor)
        booked = await find_appointment(session, HealthAppointment.id == held.id)
        await once.keep(session, booked)
    return booked


@dataclass(frozen=True, slots=True)
class _Held:
    id: UUID
    campaign_id: UUID
    slot: SlotFacts
    unit_id: UUID
    has_consent: bool
    at: datetime

    @property
    def columns(self) -> dict[str, Any]:
        slot = self.slot
        until = None if self.has_consent else rules.hold_until(self.at, slot.starts_at)
        return {
            "id": self.id,
            "campaign_id": self.campaign_id,
            "slot_id": slot.id,
            "unit_id": self.unit_id,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "state": AppointmentState.BOOKED if self.has_consent else AppointmentState.PENDING,
            "hold_until": until,
            "made_at": self.at,
        }


def _of(wanted: UUID | AnyExpert) -> ColumnElement[bool]:
    if isinstance(wanted, UUID):
        return HealthSlot.id == wanted
    able = select(HealthExpert.id).where(HealthExpert.is_active, advises_on(wanted.topic))
    return (
        (HealthSlot.starts_at == wanted.starts_at)
        & HealthSlot.is_offered
        & HealthSlot.expert_id.in_(able)
    )


async def _take(
    session: AsyncSession,
    slots: ColumnElement[bool],
    wanted: UUID | AnyExpert,
    member: Member,
    now: datetime,
) -> tuple[SlotFacts, UUID]:
    """Of the slots that would do the first that is free."""
    found = [each for each in await lock_slots(session, slots) if each.is_bookable]
    if not found:
        raise NotFound()
    if now >= found[0].starts_at:
        raise DeadlinePassed(deadline_at=shown_time(found[0].starts_at))
    for slot in found:
        unit_id = await take_slot(session, slot, member_id=member.id, person_id=member.person_id)
        if unit_id is not None:
            return slot, unit_id
    raise SlotTaken()


async def _insert(session: AsyncSession, held: _Held, member: Member, actor: Actor) -> None:
    """Waits for whoever is just booking for the same person. Raises `Overlapping`."""
    columns = {**held.columns, "member_id": member.id, "person_id": member.person_id}
    inserted = await session.scalar(
        insert(HealthAppointment)
        .values(**columns)
        .on_conflict_do_nothing(constraint=NO_TWO_AT_ONCE)
        .returning(HealthAppointment.id)
    )
    if inserted is None:
        raise Overlapping()
    step = Step("book" if held.has_consent else "hold", held.at, actor)
    await record(session, held.id, held.slot.id, (None, columns["state"]), step)
    if held.has_consent:
        await expect(session, held.id, held.slot.starts_at, held.slot.ends_at, held.at)
    else:
        job = NewJob(LAPSE, {"appointment_id": held.id}, due_at=columns["hold_until"])
        await put(session, job)


async def _consents(session: AsyncSession, member_id: UUID) -> bool:
    try:
        await require(session, member_id=member_id, purpose=Purpose.HEALTH_DATA)
    except ConsentRequired:
        return False
    return True
