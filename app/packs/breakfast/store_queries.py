"""The SQL of stores as members see them: distances, and which stores a batch serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, cast, false, func, null, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch
from app.models.identity import Store
from app.models.states import PoolState
from app.models.stock import StockPool
from app.platform.db import AnySelect
from app.platform.pages import Keyset
from app.shared.campaigns import is_no_draft

EARTH_RADIUS_M = 6_371_009.0
_COLUMNS = (
    Store.id,
    Store.store_no,
    Store.name,
    Store.district,
    Store.address,
    Store.lat,
    Store.lng,
    Store.opens,
    Store.closes,
)
WIDTH = len(_COLUMNS) + 1


@dataclass(frozen=True, slots=True)
class Scope:
    """A union of districts and stores; neither: every store."""

    districts: Sequence[str] | None
    store_ids: Sequence[UUID] | None


def distance_m(lat: float, lng: float) -> ColumnElement[int]:
    """Whole metres along the great circle (haversine, mean radius of the earth)."""
    half_lat = func.radians(Store.lat - lat) / 2
    half_lng = func.radians(Store.lng - lng) / 2
    chord = func.pow(func.sin(half_lat), 2) + func.pow(func.sin(half_lng), 2) * func.cos(
        func.radians(lat)
    ) * func.cos(func.radians(Store.lat))
    return cast(func.round(2 * EARTH_RADIUS_M * func.asin(func.sqrt(chord))), Integer)


def select_stores(lat: float, lng: float) -> tuple[AnySelect, Keyset]:
    """Nearest first. Rows are `_COLUMNS` and the distance."""
    distance = distance_m(lat, lng)
    return select(*_COLUMNS, distance), Keyset(distance, Store.id)


def by_number() -> tuple[AnySelect, Keyset]:
    """By number. Rows are `_COLUMNS` and no distance."""
    return select(*_COLUMNS, cast(null(), Integer)), Keyset(Store.store_no)


async def scope_of(session: AsyncSession, batch_id: UUID) -> Scope | None:
    """Where a batch's vouchers are redeemed; None for a draft, and for one of a draft edition,
    which members do not see."""
    row = (
        await session.execute(
            select(Batch.store_districts, Batch.store_ids)
            .join(StockPool, StockPool.id == Batch.pool_id)
            .where(
                Batch.id == batch_id,
                StockPool.state != PoolState.DRAFT,
                is_no_draft(Batch.campaign_id),
            )
        )
    ).one_or_none()
    return Scope(*row) if row else None


def in_scope(scope: Scope) -> ColumnElement[bool]:
    if scope.districts is None and scope.store_ids is None:
        return true()
    return or_(
        Store.district.in_(scope.districts) if scope.districts else false(),
        Store.id.in_(scope.store_ids) if scope.store_ids else false(),
    )
