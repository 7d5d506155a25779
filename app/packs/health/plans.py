"""An expert's plan: kept by staff, written out as slots. Booked slots are never left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_appointments import HealthAppointment, HealthPlan, HealthSlot
from app.models.health_experts import HealthExpert
from app.packs.health import slot_rules
from app.packs.health.appointment_queries import is_ahead
from app.packs.health.appointment_refusals import SlotsBooked
from app.packs.health.slot_rules import Plan
from app.platform.clock import Clock, shanghai_day
from app.platform.db import Sessions
from app.platform.errors import NotFound, VersionStale, invalid
from app.platform.ids import new_id
from app.shared.draws.commitment_rules import shown_time
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed, write

Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """`version` 0: nobody has written one yet. `offered`, `booked`: slots ahead."""

    expert_id: UUID
    plan: Plan | None
    changed_at: datetime | None
    version: int
    offered: int
    booked: int


async def find_plan(sessions: Sessions, clock: Clock, *, expert_id: UUID) -> PlanFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await _find(session, expert_id, clock.now())


async def set_plan(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    expert_id: UUID,
    version: int,
    plan: Plan,
) -> PlanFacts:
    """The whole plan from now on; what has begun stays as it was. Slots that are booked must be
    among those that follow from it.

    Raises `NotFound`, `VersionStale`, `InputInvalid`, `SlotsBooked`.
    """
    now = clock.now()
    wanted = _slots_ahead(plan, now)
    async with sessions.begin() as session:
        await session.execute(
            select(HealthExpert.id)
            .where(HealthExpert.id == expert_id)
            .with_for_update(key_share=True)
        )
        before = await _find(session, expert_id, now)
        if before.version != version:
            raise VersionStale(version=before.version)
        await _write_out(session, expert_id, wanted, now)
        await _save(session, expert_id, plan, now)
        was = {} if before.plan is None else slot_rules.written(before.plan)
        differs = changed(was, slot_rules.written(plan))
        await write(session, [Act(actor, "health.plan.set", "expert", expert_id, differs, at=now)])
        return await _find(session, expert_id, now)


def _slots_ahead(plan: Plan, now: datetime) -> list[Times]:
    """Raises `InputInvalid` where the plan reaches too far, or has too many."""
    today, last = shanghai_day(now), plan.last_day
    if last is None or last < today:
        return []
    if last - today > slot_rules.REACH:
        zh, en = "排班最多提前一年", "a plan reaches a year ahead at most"
        raise invalid("hours", zh, en, "too_far_ahead")
    found: list[Times] = []
    for times in slot_rules.slots_between(plan, today, last):
        if times[0] > now:
            found.append(times)
        if len(found) > slot_rules.MOST_SLOTS:
            zh, en = f"时段超过 {slot_rules.MOST_SLOTS} 个", f"over {slot_rules.MOST_SLOTS} slots"
            raise invalid("hours", zh, en, "too_many_slots")
    return found


async def _write_out(
    session: AsyncSession, expert_id: UUID, wanted: Sequence[Times], now: datetime
) -> None:
    """Rows as they follow from the plan. One that somebody has had before stays, withdrawn."""
    ours = (HealthSlot.expert_id == expert_id, HealthSlot.is_offered, HealthSlot.ends_at > now)
    rows = await session.execute(
        select(HealthSlot.id, HealthSlot.starts_at, HealthSlot.ends_at).where(*ours)
    )
    ahead, under_way = {}, []
    for slot_id, starts_at, ends_at in rows:
        if starts_at > now:
            ahead[starts_at, ends_at] = slot_id
        else:
            under_way.append(ends_at)
    free_from = max(under_way, default=now)
    follows = {(begins, ends) for begins, ends in wanted if begins >= free_from}
    gone = [slot_id for times, slot_id in ahead.items() if times not in follows]
    await _refuse_booked(session, gone, now)
    await session.execute(
        delete(HealthSlot).where(HealthSlot.id.in_(gone), HealthSlot.pool_id.is_(None))
    )
    await session.execute(
        update(HealthSlot).where(HealthSlot.id.in_(gone)).values(is_offered=False)
    )
    await _add(session, expert_id, sorted(follows - ahead.keys()))


async def _refuse_booked(session: AsyncSession, gone: Sequence[UUID], now: datetime) -> None:
    """Raises `SlotsBooked`. Nobody books meanwhile: the expert is locked."""
    booked = await session.scalars(
        select(HealthAppointment.starts_at)
        .where(HealthAppointment.slot_id.in_(gone), is_ahead(now))
        .order_by(HealthAppointment.starts_at)
    )
    found = [shown_time(at) for at in booked]
    if found:
        raise SlotsBooked(slots=found)


async def _add(session: AsyncSession, expert_id: UUID, times: Iterable[Times]) -> None:
    rows = [
        {"id": new_id(), "expert_id": expert_id, "starts_at": begins, "ends_at": ends}
        for begins, ends in times
    ]
    if rows:
        await session.execute(insert(HealthSlot), rows)


async def _save(session: AsyncSession, expert_id: UUID, plan: Plan, now: datetime) -> None:
    columns = {**slot_rules.written(plan), "changed_at": now}
    await session.execute(
        upsert(HealthPlan)
        .values(expert_id=expert_id, **columns)
        .on_conflict_do_update(
            index_elements=[HealthPlan.expert_id],
            set_={**columns, "version": HealthPlan.version + 1},
        )
    )


async def _find(session: AsyncSession, expert_id: UUID, now: datetime) -> PlanFacts:
    known = await session.scalar(select(HealthExpert.id).where(HealthExpert.id == expert_id))
    if known is None:
        raise NotFound()
    row = (
        await session.execute(
            select(
                HealthPlan.place,
                HealthPlan.slot_min,
                HealthPlan.hours,
                HealthPlan.breaks,
                HealthPlan.exceptions,
                HealthPlan.changed_at,
                HealthPlan.version,
            ).where(HealthPlan.expert_id == expert_id)
        )
    ).one_or_none()
    if row is None:
        return PlanFacts(expert_id, None, None, 0, 0, 0)
    offered, booked = await _count(session, expert_id, now)
    plan = slot_rules.read(*row[:5])
    return PlanFacts(expert_id, plan, row.changed_at, row.version, offered, booked)


async def _count(session: AsyncSession, expert_id: UUID, now: datetime) -> tuple[int, int]:
    slots = select(HealthSlot.id).where(
        HealthSlot.expert_id == expert_id, HealthSlot.is_offered, HealthSlot.starts_at > now
    )
    booked = select(HealthAppointment.slot_id).where(
        HealthAppointment.slot_id.in_(slots), is_ahead(now)
    )
    offered_count = await session.scalar(select(func.count()).select_from(slots.subquery()))
    booked_count = await session.scalar(select(func.count()).select_from(booked.subquery()))
    return int(offered_count or 0), int(booked_count or 0)
