"""Events of couplets in JSON, as staff send and see them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import Opening
from app.packs.couplets import rules
from app.packs.couplets.new_events import NewSite, NewVariant
from app.packs.couplets.queries import (
    EventFacts,
    VariantFacts,
)
from app.schemas.base import Instant, OfEdition, Output, ShortText, StaffInput, Text, Why
from app.schemas.couplets import SiteOut
from app.schemas.fair import FairOut
from app.shared.draws import OPENING_WINDOW_MIN

Pairs = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Minutes = Annotated[int, Field(ge=0, le=10_080, strict=True)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{3,500}$")]


OpensAs = Annotated[
    Opening,
    Field(
        description="first_come 先到先得；fair_draw 开放时段内申请、抽签排序，之后先到先得 · "
        "fair_draw: whoever asks within the window is put in a drawn order, then whoever "
        "comes first"
    ),
]


class VariantIn(StaffInput):
    """A pair of couplets, or a single 福; never more pairs than there is paper for."""

    title: ShortText
    text: Text | None = None
    size: ShortText | None = None
    reserved: Pairs = Field(description="可预约的副数 · pairs to be reserved")
    walk_in: Pairs = Field(description="现场领取的副数 · pairs for the door")

    @model_validator(mode="after")
    def _has_paper(self) -> Self:
        if self.reserved + self.walk_in < 1:
            raise PydanticCustomError("no_paper", "at least one pair")
        return self

    def new(self) -> NewVariant:
        return NewVariant(self.title, self.reserved, self.walk_in, self.text, self.size)


class SiteIn(StaffInput):
    name: ShortText
    address: Text
    opens_at: Instant
    closes_at: Instant

    @model_validator(mode="after")
    def _window_has_length(self) -> Self:
        if self.opens_at >= self.closes_at:
            raise PydanticCustomError("window_empty", "opens_at should be before closes_at")
        return self

    def new(self) -> NewSite:
        return NewSite(self.name, self.address, self.opens_at, self.closes_at)


class EventIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "送万福、进万家",
                "stream_url": "https://live.example.cn/couplets",
                "live_from": "2026-01-10T09:00:00+08:00",
                "live_to": "2026-01-10T11:00:00+08:00",
                "reserve_opens_at": "2026-01-01T00:00:00+08:00",
                "reserve_closes_at": "2099-01-01T00:00:00+08:00",
                "opening": "first_come",
                "variants": [
                    {"title": "七言春联", "text": "春风入喜财入户", "reserved": 200, "walk_in": 300}
                ],
                "sites": [
                    {
                        "name": "市工人文化宫",
                        "address": "市南区东海西路 1 号",
                        "opens_at": "2026-01-10T09:00:00+08:00",
                        "closes_at": "2099-01-02T17:00:00+08:00",
                    }
                ],
            }
        }
    )

    title: ShortText
    campaign_id: OfEdition = None
    stream_url: Url | None = None
    replay_url: Url | None = None
    live_from: Instant
    live_to: Instant
    reserve_opens_at: Instant
    reserve_closes_at: Instant
    opening: OpensAs = Opening.FIRST_COME
    release_before_min: Annotated[int, Field(ge=0, le=1_440, strict=True)] = Field(
        default=rules.RELEASE_BEFORE_MIN,
        description="地点结束前多少分钟，未领的预约转为现场领取 · so long before a site closes, "
        "what nobody collected goes to the door",
    )
    offer_valid_min: Annotated[int, Field(ge=1, le=10_080, strict=True)] = Field(
        default=rules.OFFER_VALID_MIN,
        description="候补名额保留多少分钟 · how long an offer stands",
    )
    offer_lead_min: Minutes = Field(
        default=rules.OFFER_LEAD_MIN,
        description="截止前不足这些分钟，不再发候补 · so shortly before the end nothing is offered",
    )
    opening_window_min: Annotated[int, Field(ge=1, le=10_080, strict=True)] = Field(
        default=OPENING_WINDOW_MIN,
        description="抽签排序时，自 reserve_opens_at 起可申请多少分钟 · of a fair draw: how long "
        "one may ask, from reserve_opens_at on",
    )
    variants: list[VariantIn] = Field(min_length=1, max_length=rules.MOST_VARIANTS)
    sites: list[SiteIn] = Field(min_length=1, max_length=rules.MOST_SITES)

    @model_validator(mode="after")
    def _windows_have_length(self) -> Self:
        is_empty = self.live_from >= self.live_to
        if is_empty or self.reserve_opens_at >= self.reserve_closes_at:
            raise PydanticCustomError("window_empty", "opens_at should be before closes_at")
        return self

    def values(self) -> dict[str, Any]:
        """By the names of the service's arguments."""
        plain = self.model_dump(exclude={"variants", "sites"})
        return {
            **plain,
            "variants": [each.new() for each in self.variants],
            "sites": [each.new() for each in self.sites],
        }


class SiteChange(StaffInput):
    """Its times can be changed until it was released."""

    id: UUID
    name: ShortText | None = None
    address: Text | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = None


class EventChange(StaffInput):
    """What to change. Pairs are changed by `…/variants/{variant_id}/stock`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"version": 1, "replay_url": "https://live.example.cn/couplets/replay"}
        }
    )

    version: Annotated[int, Field(ge=1, strict=True)]
    title: ShortText | None = None
    stream_url: Url | None = None
    replay_url: Url | None = None
    live_from: Instant | None = None
    live_to: Instant | None = None
    reserve_opens_at: Instant | None = None
    reserve_closes_at: Instant | None = None
    release_before_min: Annotated[int, Field(ge=0, le=1_440, strict=True)] | None = None
    offer_valid_min: Annotated[int, Field(ge=1, le=10_080, strict=True)] | None = None
    offer_lead_min: Minutes | None = None
    sites: list[SiteChange] = Field(default_factory=list, max_length=rules.MOST_SITES)

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude={"version", "sites"}, exclude_none=True)

    def site_changes(self) -> dict[UUID, dict[str, Any]]:
        return {each.id: each.model_dump(exclude={"id"}, exclude_none=True) for each in self.sites}


class StockChange(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "pool": "walk_in",
                "expected_total": 300,
                "total": 320,
                "reason": "现场加写二十副",
            }
        }
    )

    pool: Literal["reserved", "walk_in"]
    expected_total: Pairs
    total: Pairs
    reason: Why


class StaffVariantOut(Output):
    """`left` and `walk_in_left` are what can still be reserved, and handed out at the door."""

    id: UUID
    title: str
    text: str | None
    size: str | None
    paper: int
    reserved: int
    walk_in: int
    left: int
    walk_in_left: int

    @classmethod
    def of(cls, variant: VariantFacts) -> Self:
        return cls(
            id=variant.id,
            title=variant.title,
            text=variant.wording,
            size=variant.size,
            paper=variant.paper,
            reserved=variant.reserved.total,
            walk_in=variant.walk_in.total,
            left=variant.reserved.free,
            walk_in_left=variant.walk_in.free,
        )


class StaffSiteOut(SiteOut):
    released_at: Instant | None = Field(
        description="未领的预约何时转为现场领取 · when what nobody collected went to the door"
    )


class StaffEventOut(Output):
    id: UUID
    campaign_id: UUID
    title: str
    stream_url: str | None
    replay_url: str | None
    live_from: Instant
    live_to: Instant
    reserve_opens_at: Instant
    reserve_closes_at: Instant
    opening: Opening
    release_before_min: int
    offer_valid_min: int
    offer_lead_min: int
    fair: FairOut | None
    variants: list[StaffVariantOut]
    sites: list[StaffSiteOut]
    version: int
    created_at: Instant

    @classmethod
    def of(cls, event: EventFacts) -> Self:
        return cls(
            id=event.id,
            campaign_id=event.campaign_id,
            title=event.title,
            stream_url=event.stream_url,
            replay_url=event.replay_url,
            live_from=event.live_from,
            live_to=event.live_to,
            reserve_opens_at=event.reserve_opens_at,
            reserve_closes_at=event.reserve_closes_at,
            opening=event.opening,
            release_before_min=event.release_before_min,
            offer_valid_min=event.offer_valid_min,
            offer_lead_min=event.offer_lead_min,
            fair=FairOut.of(event.fair),
            variants=[StaffVariantOut.of(each) for each in event.variants],
            sites=[StaffSiteOut.model_validate(each) for each in event.sites],
            version=event.version,
            created_at=event.created_at,
        )
