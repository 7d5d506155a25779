"""The holder's side of an appointment: see it, confirm it, move it, give it up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_appointments import HealthAppointment, HealthSlot
from app.models.identity import Member
from app.models.states import Purpose
from app.packs.health import appointment_queries as queries
from app.packs.health import appointment_rules as rules
from app.packs.health.appointment_life import Step, expect, settle_lapsed, take
from app.packs.health.appointment_queries import (
    LATEST_FIRST,
    AppointmentFacts,
    SlotFacts,
    find_appointment,
)
from app.packs.health.appointment_refusals import Overlapping, SlotTaken
from app.packs.health.slots import lock_slots, take_slot
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions, sqlstate
from app.platform.errors import NotFound
from app.platform.pages import Page, PageRequest
from app.shared.consents import require
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.personal_data import hold_account
from app.shared.stock import give_back, lock_pools

EXCLUSION_VIOLATION = "23P01"


async def list_own(
    sessions: Sessions, *, member_id: UUID, page: PageRequest
) -> Page[AppointmentFacts]:
    """The member's own in every state, the latest first."""
    statement = queries.select_appointments().where(HealthAppointment.member_id == member_id)
    async with sessions() as session:
        rows = await LATEST_FIRST.page(session, statement, page)
    return rows.map(queries.appointment_facts)


async def find_own(
    sessions: Sessions, *, member_id: UUID, appointment_id: UUID
) -> AppointmentFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await _find(session, member_id, appointment_id)


async def confirm(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    appointment_id: UUID,
) -> AppointmentFacts:
    """The consent is given: what was held is booked. At the due instant it and the lapse race
    for the lock, and time decides.

    Raises `NotFound`, `StateConflict`, `ConsentRequired`, `DeadlinePassed`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=_own(member_id, appointment_id))
        await hold_account(session, member_id)
        held = await _find(session, member_id, appointment_id, locked=True)
        now = clock.now()
        rules.next_state(held.state_at(now), "confirm")
        await require(session, member_id=member_id, purpose=Purpose.HEALTH_DATA)
        await take(session, held, Step("confirm", now, actor))
        await expect(session, held.id, held.starts_at, held.ends_at, now)
        booked = await _find(session, member_id, appointment_id)
        await once.keep(session, booked)
    return booked


async def cancel(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    appointment_id: UUID,
) -> AppointmentFacts:
    """Give it up before it begins; the slot is free at once.

    Raises `NotFound`, `StateConflict`, `DeadlinePassed`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=_own(member_id, appointment_id))
        held = await _find(session, member_id, appointment_id, locked=True)
        await take(session, held, Step("cancel", clock.now(), actor))
        cancelled = await _find(session, member_id, appointment_id)
        await once.keep(session, cancelled)
    return cancelled


async def move(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    appointment_id: UUID,
    slot_id: UUID,
) -> AppointmentFacts:
    """To another slot, all or nothing: either the new one is taken and the old one free, or
    everything is as it was.

    Raises `NotFound` (also for the slot), `StateConflict`, `DeadlinePassed`, `ConsentRequired`,
    `SlotTaken`, `Overlapping`.
    """
    person = select(Member.person_id).where(Member.id == member_id).scalar_subquery()
    at_stake = or_(HealthAppointment.slot_id == slot_id, HealthAppointment.person_id == person)
    await settle_lapsed(sessions, at_stake, now=clock.now(), actor=actor)
    try:
        async with sessions.begin() as session:
            await once.first(session, about=_own(member_id, appointment_id))
            await hold_account(session, member_id)
            held = await _find(session, member_id, appointment_id, locked=True)
            now = clock.now()
            await _move(session, held, slot_id, now, actor)
            moved = await _find(session, member_id, appointment_id)
            await once.keep(session, moved)
    except IntegrityError as error:
        if sqlstate(error) != EXCLUSION_VIOLATION:
            raise
        raise Overlapping() from error
    return moved


async def _move(
    session: AsyncSession, held: AppointmentFacts, slot_id: UUID, now: datetime, actor: Actor
) -> None:
    rules.next_state(held.state_at(now), "move")
    refusal = rules.why_not_now("move", held.starts_at, now)
    if refusal is not None:
        raise refusal
    await require(session, member_id=held.member_id, purpose=Purpose.HEALTH_DATA)
    both = {
        each.id: each
        for each in await lock_slots(session, HealthSlot.id.in_([held.slot_id, slot_id]))
    }
    new = both.get(slot_id)
    if new is None or not new.is_bookable:
        raise NotFound()
    if slot_id == held.slot_id:
        raise SlotTaken()
    # Groups and pools of both in the one order, before either is touched.
    await lock_pools(session, [each.pool_id for each in both.values() if each.pool_id is not None])
    unit_id = await take_slot(session, new, member_id=held.member_id, person_id=held.person_id)
    if unit_id is None:
        raise SlotTaken()
    await give_back(session, held.unit_id, why="move")
    columns = _columns(new, unit_id)
    await take(session, held, Step("move", now, actor, columns=columns))
    await expect(session, held.id, new.starts_at, new.ends_at, now)


def _columns(slot: SlotFacts, unit_id: UUID) -> dict[str, object]:
    return {
        "slot_id": slot.id,
        "unit_id": unit_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
    }


def _own(member_id: UUID, appointment_id: UUID) -> AnySelect:
    return select(HealthAppointment.id).where(
        HealthAppointment.id == appointment_id, HealthAppointment.member_id == member_id
    )


async def _find(
    session: AsyncSession, member_id: UUID, appointment_id: UUID, *, locked: bool = False
) -> AppointmentFacts:
    return await find_appointment(
        session,
        HealthAppointment.id == appointment_id,
        HealthAppointment.member_id == member_id,
        locked=locked,
    )
