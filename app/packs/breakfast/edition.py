"""What next year's edition takes of breakfast: its drops, as drafts with their whole budget."""

# ruff: noqa: S608 - what is put together is all of this module.

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch
from app.models.states import PackKind
from app.packs.breakfast import queries
from app.packs.breakfast.plan import add_batch, note_batches
from app.packs.breakfast.queries import BatchFacts
from app.platform.ids import new_id
from app.shared.campaigns import Copying, EditionPart

_OF = "FROM breakfast_batch batch WHERE batch.campaign_id = :campaign AND NOT batch.test"


async def _copy(session: AsyncSession, copying: Copying) -> None:
    """Series stay series, and share their limits in the new edition as they did in the old one."""
    rows = await session.execute(
        queries.select_batches()
        .where(Batch.campaign_id == copying.source_id, Batch.test.is_(False))
        .order_by(Batch.series_id, Batch.series_day)
    )
    batches = [queries.batch_facts(row) for row in rows]
    series = {batch.series_id: new_id() for batch in batches}
    made = [await _copy_batch(session, copying, batch, series) for batch in batches]
    if made:
        await note_batches(session, made, actor=copying.actor, at=copying.now)


async def _copy_batch(
    session: AsyncSession, copying: Copying, batch: BatchFacts, series: dict[UUID, UUID]
) -> UUID:
    series_id = series[batch.series_id]
    # A group that nobody named is called after its series.
    is_own = batch.limit_group == str(batch.series_id)
    copy = Batch(
        id=new_id(),
        campaign_id=copying.target.id,
        series_id=series_id,
        series_day=batch.series_day,
        name=batch.name,
        limit_group=str(series_id) if is_own else batch.limit_group,
        face_value_fen=batch.face_value_fen,
        valid_days=batch.valid_days,
        valid_from=copying.moved(batch.valid_from),
        eligible_categories=list(batch.eligible_categories),
        store_districts=batch.store_districts and list(batch.store_districts),
        store_ids=batch.store_ids and list(batch.store_ids),
        test=False,
        created_at=copying.now,
    )
    window = (copying.moved(batch.pool.opens_at), copying.moved(batch.pool.closes_at))
    await add_batch(session, copy, batch.pool.total, window, batch.limits, actor=copying.actor)
    return copy.id


EDITION = EditionPart(
    PackKind.BREAKFAST,
    counts={
        "batches": f"SELECT count(*) {_OF}",
        "vouchers": f"""
            SELECT sum(pool.total) FROM stock_pool pool
             WHERE pool.id IN (SELECT batch.pool_id {_OF})""",
    },
    copy=_copy,
)
