"""Slots: seen by members, and taken by one of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.health_appointments import HealthSlot
from app.models.health_experts import HealthExpert
from app.models.states import PoolState
from app.models.states_health import HealthTopic
from app.packs.health.appointment_queries import (
    BY_TIME,
    SlotFacts,
    advises_on,
    select_slots,
    slot_facts,
)
from app.platform.clock import Clock, day_end, day_start
from app.platform.db import Sessions
from app.platform.errors import DeadlinePassed, NotFound
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.draws.commitment_rules import shown_time
from app.shared.stock import Grant, Press, Recorder, Verdict, create_pool, grant

POOL_KIND = "health_slot"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# Requests for slots are known again by their key's own record (`Once`), not by the claim.
_BODY = b"\x00" * 16


async def list_slots(
    sessions: Sessions,
    clock: Clock,
    *,
    page: PageRequest,
    expert_id: UUID | None = None,
    topic: HealthTopic | None = None,
    day: date | None = None,
) -> Page[SlotFacts]:
    """Slots ahead, of an expert or of all who advise on a topic, by their beginning; taken ones
    too. Raises `NotFound` for an expert who is none."""
    statement = select_slots().where(
        HealthSlot.is_offered, HealthExpert.is_active, HealthSlot.starts_at > clock.now()
    )
    if topic is not None:
        statement = statement.where(advises_on(topic))
    if day is not None:
        within = HealthSlot.starts_at >= day_start(day), HealthSlot.starts_at < day_end(day)
        statement = statement.where(*within)
    if expert_id is not None:
        statement = statement.where(HealthSlot.expert_id == expert_id)
    async with sessions() as session:
        rows = await BY_TIME.page(session, statement, page)
        if expert_id is not None:
            await _require_expert(session, expert_id)
    return rows.map(slot_facts)


async def lock_slots(session: AsyncSession, *where: ColumnElement[bool]) -> list[SlotFacts]:
    """For whoever takes one of them: as they are now, in the order of their ids, and their plans
    stay as they are until this transaction ends."""
    wanted = select(HealthSlot.expert_id).where(*where)
    # Staff who change a plan lock its expert first; those who book do not wait for each other here.
    await session.execute(
        select(HealthExpert.id)
        .where(HealthExpert.id.in_(wanted))
        .order_by(HealthExpert.id)
        .with_for_update(read=True)
    )
    locked = await session.scalars(
        select(HealthSlot.id).where(*where).order_by(HealthSlot.id).with_for_update(key_share=True)
    )
    rows = await session.execute(
        select_slots().where(HealthSlot.id.in_(locked.all())).order_by(HealthSlot.id)
    )
    return [slot_facts(row) for row in rows]


async def take_slot(
    session: AsyncSession, slot: SlotFacts, *, member_id: UUID, person_id: UUID
) -> UUID | None:
    """The one unit of a locked slot, or None: somebody has it. Raises `DeadlinePassed` once it
    has begun."""
    pool_id = slot.pool_id or await _open_pool(session, slot)
    press = Press(new_id(), _BODY, member_id, person_id)
    [decision] = await grant(session, pool_id, [press], _UNIT)
    if decision.verdict is Verdict.ENDED:
        raise DeadlinePassed(deadline_at=shown_time(slot.starts_at))
    return decision.row


async def _open_pool(session: AsyncSession, slot: SlotFacts) -> UUID:
    """When it is first wanted: most slots never are, and a pool is a line of the books."""
    pool_id = await create_pool(
        session,
        group=f"{POOL_KIND}:{slot.id}",
        kind=POOL_KIND,
        owner_id=slot.id,
        total=1,
        opens_at=LONG_AGO,
        closes_at=slot.starts_at,
        state=PoolState.RUNNING,
    )
    await session.execute(
        update(HealthSlot).where(HealthSlot.id == slot.id).values(pool_id=pool_id)
    )
    return pool_id


async def _require_expert(session: AsyncSession, expert_id: UUID) -> None:
    found = await session.scalar(
        select(HealthExpert.id).where(HealthExpert.id == expert_id, HealthExpert.is_active)
    )
    if found is None:
        raise NotFound()


async def _insert(_: AsyncConnection, grants: Sequence[Grant]) -> list[UUID]:
    # The appointment follows in the same transaction, where there is one more thing to refuse.
    return [each.press.claim_id for each in grants]


async def _read(_: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    return {each: each for each in claim_ids}


_UNIT: Recorder[UUID] = Recorder(insert=_insert, read=_read)
