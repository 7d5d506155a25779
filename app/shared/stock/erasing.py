"""Books whose time is over are erased as a whole: what is left of a pool could not be added up."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.stock import StockEntry, StockGroup, StockPool, StockUse
from app.shared.stock.books import lock_pools


async def erase_pools(session: AsyncSession, pool_ids: Collection[UUID]) -> None:
    """These pools, which are all of their groups, with entries and uses; nobody can be granted
    anything of them any more. Their pack's rows are gone before, in the same transaction. What
    the turnstile has of them expires by itself."""
    pools = await lock_pools(session, pool_ids)
    group_ids = {pool.group_id for pool in pools.values()}
    await session.execute(delete(StockEntry).where(StockEntry.pool_id.in_(pools)))
    await session.execute(delete(StockPool).where(StockPool.id.in_(pools)))
    others = await session.scalar(
        select(StockPool.id).where(StockPool.group_id.in_(group_ids)).limit(1)
    )
    assert others is None, "uses are counted over all pools of a group"
    await session.execute(delete(StockUse).where(StockUse.group_id.in_(group_ids)))
    await session.execute(delete(StockGroup).where(StockGroup.id.in_(group_ids)))
