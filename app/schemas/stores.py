"""Stores in JSON."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import District, StoreState
from app.schemas.base import Instant, Output, ShortText, StaffInput, Text
from app.shared.identity.hours import read_hours, write_minutes
from app.shared.identity.stores import StoreFacts

StoreNo = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


class StoreIn(StaffInput):
    """A new store. A merchant of unknown name is created with it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "store_no": "NEW0001",
                "name": "海风便利 · 栈桥店",
                "merchant": "海风便利有限公司",
                "district": "shinan",
                "address": "太平路 12 号",
                "lat": 36.0607,
                "lng": 120.3204,
                "opens": "06:00",
                "closes": "24:00",
            }
        }
    )

    store_no: StoreNo
    name: ShortText
    merchant: ShortText
    district: District
    address: Text
    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]
    opens: TimeOfDay
    closes: TimeOfDay = Field(
        description="不晚于 opens 即为次日 · not after opens: the next day; equal: round the clock"
    )

    @model_validator(mode="after")
    def _opens_before_midnight(self) -> Self:
        if self.opens == "24:00":
            raise PydanticCustomError("hours_invalid", "opens should be before 24:00")
        return self

    def minutes(self) -> tuple[int, int]:
        """Opening hours in minutes of the Shanghai day."""
        return read_hours(self.opens, self.closes)


class StoreOut(Output):
    id: UUID
    store_no: str
    name: str
    merchant_id: UUID
    merchant: str
    district: District
    address: str
    lat: float
    lng: float
    opens: str = Field(examples=["06:00"])
    closes: str = Field(
        examples=["24:00"], description="不晚于 opens 即为次日 · not after opens: the next day"
    )
    state: StoreState
    version: int
    created_at: Instant

    @classmethod
    def of(cls, store: StoreFacts) -> Self:
        return cls(
            id=store.id,
            store_no=store.store_no,
            name=store.name,
            merchant_id=store.merchant_id,
            merchant=store.merchant,
            district=store.district,
            address=store.address,
            lat=store.lat,
            lng=store.lng,
            opens=write_minutes(store.opens),
            closes=write_minutes(store.closes),
            state=store.state,
            version=store.version,
            created_at=store.created_at,
        )
