"""One move of one appointment: its row, its unit, its history, the ledger, what is to be told, in
the caller's transaction. Every act but booking comes through here.

Locks: the appointment; then slots in the order of their ids; then groups and pools (a slot has a
group of its own). Deadlines are jobs that nobody takes back: who finds nothing due any more does
nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_appointments import HealthAppointment, HealthAppointmentHistory
from app.models.states_appointments import AppointmentState
from app.packs.health import appointment_rules as rules
from app.packs.health.appointment_queries import AppointmentFacts, find_appointment, has_lapsed
from app.platform.db import Sessions
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write
from app.shared.notices.reminders import Beginning, reminders
from app.shared.outbox import NewJob, put_many
from app.shared.stock import give_back

APPOINTMENT = "appointment"
LAPSE, MISS = "health.lapse_appointment", "health.miss_appointment"
REMIND, TELL = "health.remind_appointment", "health.tell_appointment"
SYSTEM = "health"
# From where time moves an appointment on; as it is read it has moved already.
_FROM = {"lapse": AppointmentState.PENDING, "miss": AppointmentState.BOOKED}


@dataclass(frozen=True, slots=True)
class Step:
    """An act and who does it. `reason`: staff's words, for the ledger. `columns` change with
    it."""

    act: str
    at: datetime
    actor: Actor
    reason: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


async def take(session: AsyncSession, appointment: AppointmentFacts, step: Step) -> None:
    """Make the move of a locked appointment. Raises `StateConflict`, and what the time refuses:
    `DeadlinePassed`, `NotOpen`."""
    before = _FROM.get(step.act) or appointment.state_at(step.at)
    after = rules.next_state(before, step.act)
    refusal = rules.why_not_now(step.act, appointment.starts_at, step.at)
    if refusal is not None:
        raise refusal
    closed_at = step.at if after in rules.ENDED else None
    await session.execute(
        update(HealthAppointment)
        .where(HealthAppointment.id == appointment.id)
        .values(state=after, closed_at=closed_at, **step.columns)
    )
    if after in rules.GIVEN_UP:
        await give_back(session, appointment.unit_id, why=step.act)
    slot_id = step.columns.get("slot_id", appointment.slot_id)
    await record(session, appointment.id, slot_id, (before, after), step)


async def record(
    session: AsyncSession,
    appointment_id: UUID,
    slot_id: UUID,
    states: tuple[AppointmentState | None, AppointmentState],
    step: Step,
) -> None:
    """The history's next row, under the appointment's lock or with the appointment itself; and
    the ledger's."""
    history = HealthAppointmentHistory
    last = await session.scalar(
        select(func.max(history.number)).where(history.appointment_id == appointment_id)
    )
    await session.execute(
        insert(history).values(
            id=new_id(),
            appointment_id=appointment_id,
            number=(last or 0) + 1,
            at=step.at,
            act=step.act,
            actor=step.actor.name,
            from_state=states[0],
            to_state=states[1],
            slot_id=slot_id,
        )
    )
    verb, changes = f"health.appointment.{step.act}", {"state": states}
    act = Act(
        step.actor, verb, APPOINTMENT, appointment_id, changes, at=step.at, reason=step.reason
    )
    await write(session, [act])


async def settle_lapsed(sessions: Sessions, *where: Any, now: datetime, actor: Actor) -> None:
    """What was held for too long gives its slot back before somebody asks for it, whether a job
    has been or not; each in a transaction of its own."""
    async with sessions() as session:
        found = await session.scalars(
            select(HealthAppointment.id)
            .where(has_lapsed(now), *where)
            .order_by(HealthAppointment.id)
        )
        ids = found.all()
    for appointment_id in ids:
        async with sessions.begin() as session:
            await lapse(session, appointment_id, now=now, actor=actor)


async def lapse(
    session: AsyncSession, appointment_id: UUID, *, now: datetime, actor: Actor
) -> None:
    """Unless it was confirmed, given up or written down meanwhile."""
    this = HealthAppointment.id == appointment_id
    held = await find_appointment(session, this, locked=True)
    await settle(session, held, now=now, actor=actor)


async def settle(
    session: AsyncSession, held: AppointmentFacts, *, now: datetime, actor: Actor
) -> bool:
    """Write down what time has decided of a locked one; whether there was anything. `actor` is
    who came; the act is the system's."""
    act = rules.act_of_time(held.decided, held.state_at(now))
    if act is None:
        return False
    await take(session, held, Step(act, now, Actor.system(SYSTEM, actor.digester)))
    return True


def beginning(appointment_id: UUID, starts_at: datetime) -> Beginning:
    return Beginning(REMIND, {"appointment_id": appointment_id}, starts_at)


async def expect(
    session: AsyncSession,
    appointment_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    """It is booked for that time: who is told of it, reminded, and noticed if they do not come."""
    await put_many(
        session,
        [
            NewJob(TELL, {"appointment_id": appointment_id, "what": AppointmentState.BOOKED}),
            NewJob(MISS, {"appointment_id": appointment_id}, due_at=ends_at),
            *reminders(beginning(appointment_id, starts_at), now),
        ],
    )
