"""The SQL behind a till's offline kit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch, Voucher
from app.models.identity import Store
from app.models.states import PoolState, StoreState, VoucherState
from app.models.stock import StockPool
from app.shared.campaigns import is_no_draft


@dataclass(frozen=True, slots=True)
class OfflineStore:
    """Hours in minutes of the Shanghai day; `closes` may pass 1440."""

    id: UUID
    store_no: str
    name: str
    state: StoreState
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class OfflineBatch:
    """A batch whose vouchers may still be shown. `here`: whether this store redeems them."""

    id: UUID
    name: str
    face_value_fen: int
    test: bool
    here: bool


async def find_store(session: AsyncSession, condition: ColumnElement[bool]) -> OfflineStore | None:
    row = (
        await session.execute(
            select(
                Store.id, Store.store_no, Store.name, Store.state, Store.opens, Store.closes
            ).where(condition)
        )
    ).one_or_none()
    return OfflineStore(*row) if row else None


async def batches_in_use(
    session: AsyncSession, store_id: UUID, now: datetime
) -> Sequence[OfflineBatch]:
    """Started batches whose last voucher has not expired yet, by opening time."""
    # Valid to 24:00 of the n-th day: at the longest that many days and one after the last claim.
    last_day = func.greatest(StockPool.closes_at, Batch.valid_from) + func.make_interval(
        0, 0, 0, Batch.valid_days + 1
    )
    here = or_(
        and_(Batch.store_districts.is_(None), Batch.store_ids.is_(None)),
        Store.district == func.any(Batch.store_districts),
        Store.id == func.any(Batch.store_ids),
    )
    rows = await session.execute(
        select(Batch.id, Batch.name, Batch.face_value_fen, Batch.test, func.coalesce(here, False))
        .join(StockPool, StockPool.id == Batch.pool_id)
        .join(Store, Store.id == store_id)
        .where(StockPool.state != PoolState.DRAFT, is_no_draft(Batch.campaign_id), last_day > now)
        .order_by(StockPool.opens_at, Batch.id)
    )
    return [OfflineBatch(*row) for row in rows]


async def revoked_vouchers(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    found = await session.scalars(
        select(Voucher.id)
        .where(Voucher.state == VoucherState.VOID, Voucher.valid_until > now)
        .order_by(Voucher.id)
    )
    return found.all()
