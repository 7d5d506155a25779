"""Talks and slots whose time is over are erased, with the places and appointments at them and with
their books: a grant without its row, or a row without its grant, would be a fault."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_appointments import (
    HealthAppointment,
    HealthAppointmentHistory,
    HealthSlot,
)
from app.models.health_talks import HealthAttendance, HealthRegistration, HealthTalk
from app.packs.health.counted import (
    APPOINTMENTS,
    ATTENDED,
    CAME,
    MISSED,
    TALK_PLACES,
    keep_counts,
)
from app.shared.stock import erase_pools


async def erase_talks(session: AsyncSession, before: datetime, most: int) -> int:
    """Whole talks, the oldest first, as many as have about so many places; answers how many
    talks and places that were."""
    places = (
        select(func.count())
        .where(HealthRegistration.talk_id == HealthTalk.id)
        .correlate(HealthTalk)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(HealthTalk.id, HealthTalk.pool_id, places.label("places"))
        .where(HealthTalk.ends_at < before)
        .order_by(HealthTalk.ends_at, HealthTalk.id)
        .limit(most)
        .with_for_update(of=HealthTalk, skip_locked=True)
    )
    due, erased = [], 0
    for row in rows.all():
        if erased >= most:
            break
        due.append(row)
        erased += 1 + row.places
    await _erase_talks(session, [row.id for row in due])
    await erase_pools(session, [row.pool_id for row in due])
    return erased


async def _erase_talks(session: AsyncSession, talk_ids: Sequence[UUID]) -> None:
    found = await session.scalars(
        select(HealthRegistration.id)
        .where(HealthRegistration.talk_id.in_(talk_ids))
        .order_by(HealthRegistration.id)
        .with_for_update()
    )
    held = found.all()
    await keep_counts(session, (TALK_PLACES, ATTENDED), held)
    attended = HealthAttendance.registration_id.in_(held)
    await session.execute(delete(HealthAttendance).where(attended))
    await session.execute(delete(HealthRegistration).where(HealthRegistration.id.in_(held)))
    await session.execute(delete(HealthTalk).where(HealthTalk.id.in_(talk_ids)))


async def erase_slots(session: AsyncSession, before: datetime, most: int) -> int:
    """Slots, wanted or not, with every appointment at them; answers how many slots. What was moved
    away from one of them meanwhile goes with the slot that it was moved to.

    Locks as everywhere: appointments, then slots, then pools. One whose appointment somebody
    holds comes next time.
    """
    slots = await session.scalars(
        select(HealthSlot.id)
        .where(HealthSlot.ends_at < before)
        .order_by(HealthSlot.ends_at, HealthSlot.id)
        .limit(most)
    )
    due, held = slots.all(), HealthAppointment
    locked = await session.scalars(
        select(held.id)
        .where(held.slot_id.in_(due))
        .order_by(held.id)
        .with_for_update(skip_locked=True)
    )
    appointment_ids = locked.all()
    busy = await session.scalars(
        select(held.slot_id).where(held.slot_id.in_(due), held.id.not_in(appointment_ids))
    )
    rows = await session.execute(
        select(HealthSlot.id, HealthSlot.pool_id)
        .where(HealthSlot.id.in_(set(due) - set(busy)))
        .order_by(HealthSlot.id)
        .with_for_update(skip_locked=True)
    )
    gone = rows.all()
    await _erase_slots(session, [row.id for row in gone])
    await erase_pools(session, [row.pool_id for row in gone if row.pool_id is not None])
    return len(gone)


async def _erase_slots(session: AsyncSession, slot_ids: Collection[UUID]) -> None:
    held, history = HealthAppointment, HealthAppointmentHistory
    here = select(held.id).where(held.slot_id.in_(slot_ids))
    appointment_ids = (await session.scalars(here)).all()
    await keep_counts(session, (APPOINTMENTS, CAME, MISSED), appointment_ids)
    await session.execute(delete(history).where(history.appointment_id.in_(appointment_ids)))
    await session.execute(update(history).where(history.slot_id.in_(slot_ids)).values(slot_id=None))
    await session.execute(delete(held).where(held.id.in_(appointment_ids)))
    await session.execute(delete(HealthSlot).where(HealthSlot.id.in_(slot_ids)))
