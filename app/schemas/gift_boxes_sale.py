"""The sale of gift boxes in JSON: its rules, and its figures."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.packs.gift_boxes import rules
from app.packs.gift_boxes.figures import Figures
from app.schemas.base import Instant, OfEdition, Output, StaffInput, Why

Minutes = Annotated[int, Field(ge=0, le=10_080, strict=True)]
Version = Annotated[int, Field(ge=1, strict=True)]


class RulesChange(StaffInput):
    """For orders and offers from now on."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "hold_min": 20, "reason": "支付高峰"}}
    )

    version: Version
    hold_min: Annotated[int, Field(ge=2, le=1_440, strict=True)] | None = None
    offer_valid_min: Annotated[int, Field(ge=1, le=10_080, strict=True)] | None = None
    offer_lead_min: Minutes | None = None
    reason: Why
    campaign_id: OfEdition = None


class RulesOut(Output):
    """Of one campaign, in minutes."""

    hold_min: int = Field(description="未付款订单保留多久 · how long an order is held unpaid")
    offer_valid_min: int = Field(description="候补名额保留多久 · how long an offer stands")
    offer_lead_min: int = Field(
        description="停售前不足这些分钟，不再发候补 · so shortly before the end nothing is offered"
    )
    version: int

    @classmethod
    def of(cls, sale: rules.SaleRules) -> Self:
        return cls.model_validate(sale)


class BoxFiguresOut(Output):
    box_id: UUID
    name: str
    total: int
    left: int
    held: int = Field(description="未付款保留中 · held unpaid")
    offered: int = Field(description="候补保留中 · kept for who waits")
    sold: int
    refunded: int
    waiting: int


class FiguresOut(Output):
    """Each defined in docs/gift-boxes.md."""

    views: int
    participants: int
    buyers: int
    boxes: int
    free_boxes: int
    kept_fen: int
    by_box: list[BoxFiguresOut]
    as_of: Instant

    @classmethod
    def of(cls, figures: Figures) -> Self:
        return cls.model_validate(figures)
