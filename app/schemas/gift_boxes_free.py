"""Free gift boxes in JSON: who may have one and from when, claims, and their proof."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import Category
from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes.free_claims import ListedClaim
from app.packs.gift_boxes.free_records import FreeClaimRow
from app.packs.gift_boxes.free_windows import FreeBox
from app.packs.gift_boxes.fulfilment_rules import Window
from app.schemas.base import Day, Input, Instant, Output, StaffInput, Why
from app.schemas.gift_boxes_orders import PICKUP_EXAMPLE, DeliveryIn


class WindowIn(StaffInput):
    category: Category
    opens_at: Instant

    def window(self) -> Window:
        return Window(self.category, self.opens_at)


class FreeWindowsIn(StaffInput):
    """In the place of those before; none: hardship alone, with the sale."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "windows": [{"category": "hardship", "opens_at": "2098-01-01T00:00:00+08:00"}],
                "reason": "困难职工优先",
            }
        }
    )

    windows: list[WindowIn] = Field(max_length=len(Category))
    reason: Why

    @model_validator(mode="after")
    def _each_category_once(self) -> Self:
        if len({each.category for each in self.windows}) < len(self.windows):
            raise PydanticCustomError("category_doubled", "each category once")
        return self


class WindowOut(Output):
    """From when members of a category may have a free one."""

    category: Category
    opens_at: Instant


class FreeWindowsOut(Output):
    """The earliest first."""

    box_id: UUID
    windows: list[WindowOut]

    @classmethod
    def of(cls, free: FreeBox) -> Self:
        windows = [WindowOut.model_validate(each) for each in free.windows]
        return cls(box_id=free.box.id, windows=windows)


class FreeClaimIn(Input):
    model_config = ConfigDict(json_schema_extra={"example": {"delivery": PICKUP_EXAMPLE}})

    delivery: DeliveryIn


class FreeClaimOut(Output):
    """A free box as it was given: an order of mine that costs nothing, and what entitled me."""

    id: UUID
    order_id: UUID
    box_id: UUID
    category: Category
    source: str = Field(description="资格来源 · by whose word")
    valid_until: Day | None = Field(description="资格有效期 · the entitlement's last day")
    claimed_at: Instant

    @classmethod
    def of(cls, claim: FreeClaimRow) -> Self:
        return cls(
            id=claim.id,
            order_id=claim.id,
            box_id=claim.box_id,
            category=claim.category,
            source=claim.source,
            valid_until=claim.valid_until,
            claimed_at=claim.claimed_at,
        )


class StaffFreeClaimOut(FreeClaimOut):
    member_no: str
    state: OrderState
    site_name: str | None

    @classmethod
    def of_listed(cls, listed: ListedClaim) -> Self:
        shown = FreeClaimOut.of(listed.claim).model_dump()
        return cls(
            **shown,
            member_no=listed.member_no,
            state=listed.state,
            site_name=listed.site_name,
        )
