"""Stores as members see them, in JSON."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.states import District
from app.packs.breakfast.nearby import NearbyStore
from app.schemas.base import Instant, Output, PageOut
from app.shared.identity.hours import write_minutes


class NearbyStoreOut(Output):
    id: UUID
    store_no: str
    name: str
    district: District
    address: str
    lat: float
    lng: float
    opens: str
    closes: str = Field(description="可过午夜 · may lie past midnight")
    open_now: bool
    distance_m: int | None = Field(description="米；未给位置时为空 · metres; null without a place")

    @classmethod
    def of(cls, store: NearbyStore) -> Self:
        return cls(
            id=store.id,
            store_no=store.store_no,
            name=store.name,
            district=store.district,
            address=store.address,
            lat=store.lat,
            lng=store.lng,
            opens=write_minutes(store.opens),
            closes=write_minutes(store.closes),
            open_now=store.open_now,
            distance_m=store.distance_m,
        )


class NearbyStoreList(PageOut[NearbyStoreOut]):
    server_time: Instant
