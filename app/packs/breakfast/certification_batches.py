"""The batches that a test batch cannot do without: one that no store redeems, one without hours.

A voucher's store and hours are its batch's affair, so what is refused for them needs a batch
of its own. These two are made with the first set of codes and follow their test batch in
quantity and window (docs/adr/0012-test-codes.md).
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch
from app.models.states import PoolState
from app.packs.breakfast import certification_queries as queries
from app.packs.breakfast.batch_acts import batch_act
from app.packs.breakfast.plan import POOL_KIND, history_row
from app.packs.breakfast.queries import BatchFacts, find_batches
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import change_pool, create_pool

NOWHERE: tuple[UUID, ...] = ()
# From 00:00 to 00:00: no minute of any day lies in it.
NEVER = 0


async def find_companions(
    session: AsyncSession, batch: BatchFacts, *, at: datetime, actor: Actor
) -> tuple[BatchFacts, BatchFacts]:
    """The batch of no store and the one without hours; `batch` is locked by the caller."""
    elsewhere = await _follow(session, batch, own_hours=False, at=at, actor=actor) or await _create(
        session, replace(batch, store_districts=None, store_ids=NOWHERE), at=at, actor=actor
    )
    closed = await _follow(session, batch, own_hours=True, at=at, actor=actor) or await _create(
        session, batch, at=at, actor=actor, hours=NEVER
    )
    return elsewhere, closed


async def _follow(
    session: AsyncSession, batch: BatchFacts, *, own_hours: bool, at: datetime, actor: Actor
) -> BatchFacts | None:
    found = await queries.find_companion(session, batch.id, own_hours=own_hours)
    if found is not None and _measures(found) != _measures(batch):
        total, opens_at, closes_at = _measures(batch)
        await change_pool(
            session,
            found.pool.id,
            why=f"as batch {batch.id}",
            total=total,
            opens_at=opens_at,
            closes_at=closes_at,
        )
        followed = (await find_batches(session, [found.id]))[found.id]
        await write(session, [batch_act(actor, "change", found, followed, at=at)])
    return found


def _measures(batch: BatchFacts) -> tuple[int, datetime, datetime]:
    return batch.pool.total, batch.pool.opens_at, batch.pool.closes_at


async def _create(
    session: AsyncSession,
    batch: BatchFacts,
    *,
    at: datetime,
    actor: Actor,
    hours: int | None = None,
) -> BatchFacts:
    batch_id, (total, opens_at, closes_at) = new_id(), _measures(batch)
    pool_id = await create_pool(
        session,
        group=f"{POOL_KIND}:{batch.campaign_id}:{batch.limit_group}",
        kind=POOL_KIND,
        owner_id=batch_id,
        total=total,
        opens_at=opens_at,
        closes_at=closes_at,
        state=PoolState.RUNNING,
    )
    session.add(
        Batch(
            id=batch_id,
            campaign_id=batch.campaign_id,
            pool_id=pool_id,
            series_id=new_id(),
            name=batch.name,
            limit_group=batch.limit_group,
            face_value_fen=batch.face_value_fen,
            valid_days=batch.valid_days,
            eligible_categories=list(batch.eligible_categories),
            store_districts=batch.store_districts,
            store_ids=None if batch.store_ids is None else list(batch.store_ids),
            test=True,
            test_of=batch.id,
            opens=hours,
            closes=hours,
            created_at=at,
        )
    )
    await session.flush()
    states = (None, PoolState.RUNNING)
    session.add(history_row(batch_id, "create", at=at, actor=actor, states=states))
    await session.flush()
    created = (await find_batches(session, [batch_id]))[batch_id]
    await write(session, [batch_act(actor, "create", None, created, at=at)])
    return created
