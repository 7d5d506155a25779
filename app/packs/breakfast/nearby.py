"""Where a member can have breakfast: partner stores, nearest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.identity import Store
from app.models.states import District, StoreState
from app.packs.breakfast import store_queries as queries
from app.packs.breakfast.redemption_rules import is_open
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class Place:
    """A point on earth, in degrees."""

    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class NearbyStore:
    """`distance_m`: along the great circle, None when nobody said from where. Hours are
    minutes of the Shanghai day; `closes` may pass 1440."""

    id: UUID
    store_no: str
    name: str
    district: District
    address: str
    lat: float
    lng: float
    opens: int
    closes: int
    distance_m: int | None
    open_now: bool


async def nearby_stores(
    sessions: Sessions,
    *,
    now: datetime,
    page: PageRequest,
    place: Place | None = None,
    radius_m: int | None = None,
    district: District | None = None,
    batch_id: UUID | None = None,
) -> Page[NearbyStore]:
    """Stores that redeem, nearest first, or by number when no place is given.

    `batch_id`: only where that batch's vouchers are redeemed. A suspended store is not
    shown. Raises `NotFound` for an unknown batch, `CursorInvalid`.
    """
    statement, order = queries.select_stores(place.lat, place.lng) if place else queries.by_number()
    statement = statement.where(Store.state == StoreState.ACTIVE)
    if place is not None and radius_m is not None:
        statement = statement.where(queries.distance_m(place.lat, place.lng) <= radius_m)
    if district is not None:
        statement = statement.where(Store.district == district)
    async with sessions() as session:
        if batch_id is not None:
            scope = await queries.scope_of(session, batch_id)
            if scope is None:
                raise NotFound()
            statement = statement.where(queries.in_scope(scope))
        rows = await order.page(session, statement, page)
    return rows.map(lambda row: _store(row, now))


def _store(row: Sequence[Any], now: datetime) -> NearbyStore:
    columns: tuple[Any, ...] = tuple(row[: queries.WIDTH])
    opens, closes = columns[-3:-1]
    fields: tuple[Any, ...] = (*columns, is_open(opens, closes, now))
    return NearbyStore(*fields)
