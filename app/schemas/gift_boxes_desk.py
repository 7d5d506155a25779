"""Gift boxes in JSON, as staff send and see them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import Opening
from app.packs.gift_boxes import rules
from app.packs.gift_boxes.new_boxes import NewSite
from app.packs.gift_boxes.pictures import MOST_PICTURES, NewPicture
from app.packs.gift_boxes.queries import BoxFacts, ContentFacts
from app.schemas.base import Day, Fen, Instant, OfEdition, Output, ShortText, StaffInput, Text, Why
from app.schemas.fair import FairOut
from app.schemas.gift_boxes import ContentOut, OpensFree, SiteOut, plain
from app.shared.draws import OPENING_WINDOW_MIN

Pieces = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
PerPerson = Annotated[int, Field(ge=1, le=rules.MOST_PER_PERSON, strict=True)]
Version = Annotated[int, Field(ge=1, strict=True)]


class ContentIn(StaffInput):
    name: ShortText
    quantity: Annotated[int, Field(ge=1, le=10_000, strict=True)]

    def new(self) -> ContentFacts:
        return ContentFacts(self.name, self.quantity)


class SiteIn(StaffInput):
    """One that is called, placed and open alike is the same site for every box."""

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


class PictureIn(StaffInput):
    """A picture that was sent to `/v1/admin/files`, and what it shows."""

    file_id: UUID
    alt: ShortText = Field(description="图片内容，供读屏 · what it shows, in Chinese")
    alt_en: ShortText = Field(description="英文的图片内容 · and in English")

    def new(self) -> NewPicture:
        return NewPicture(self.file_id, self.alt, self.alt_en)


Pictures = Annotated[
    list[PictureIn],
    Field(max_length=MOST_PICTURES, description="按展示次序 · in the order of showing"),
]
Contents = Annotated[list[ContentIn], Field(min_length=1, max_length=rules.MOST_CONTENTS)]
Sites = Annotated[list[SiteIn], Field(max_length=rules.MOST_SITES)]


# What belongs to a box and stands in tables of its own.
PARTS = {"contents", "sites", "pictures"}


class BoxIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "坚果年货礼盒",
                "contents": [{"name": "开心果", "quantity": 2}, {"name": "腰果", "quantity": 2}],
                "list_price_fen": 16_800,
                "list_price_source": "同城三家商超均价",
                "list_price_on": "2022-12-20",
                "member_price_fen": 9_900,
                "quantity": 3_000,
                "free_quantity": 100,
                "per_person": 2,
                "opens_at": "2026-01-01T00:00:00+08:00",
                "closes_at": "2099-01-01T00:00:00+08:00",
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

    name: ShortText
    contents: Contents
    list_price_fen: Fen
    list_price_source: Text | None = Field(
        default=None, description="市场价来源，如哪家店 · where it cost that"
    )
    list_price_on: Day | None = Field(default=None, description="采集日期 · and when")
    member_price_fen: Fen
    quantity: Pieces = Field(description="在售份数 · for sale")
    free_quantity: Pieces = Field(
        default=0, description="免费份数，另计，不与在售混用 · free ones, never mixed with those"
    )
    per_person: PerPerson
    opens_at: Instant
    closes_at: Instant
    opening: OpensFree = Opening.FIRST_COME
    opening_window_min: Annotated[int, Field(ge=1, le=10_080, strict=True)] = Field(
        default=OPENING_WINDOW_MIN,
        description="抽签排序时，自 opens_at 起可申请多少分钟 · of a fair draw: how long one may "
        "ask, from opens_at on",
    )
    is_delivered: StrictBool = Field(
        default=True, description="可配送到家 · may be sent to an address"
    )
    sites: Sites
    pictures: Pictures = Field(default_factory=list)
    campaign_id: OfEdition = None

    @model_validator(mode="after")
    def _can_be_sold(self) -> Self:
        if self.opens_at >= self.closes_at:
            raise PydanticCustomError("window_empty", "opens_at should be before closes_at")
        if self.member_price_fen > self.list_price_fen:
            raise PydanticCustomError("dearer_than_listed", "no dearer than the list price")
        if not self.sites and not self.is_delivered:
            raise PydanticCustomError("no_way", "a site, or delivery")
        return self

    def values(self) -> dict[str, Any]:
        """By the names of the service's arguments."""
        return {
            **self.model_dump(exclude=PARTS),
            "contents": [each.new() for each in self.contents],
            "sites": [each.new() for each in self.sites],
            "pictures": [each.new() for each in self.pictures],
        }


class BoxChange(StaffInput):
    """What to change. Quantities are changed by `…/stock`; `contents`, `sites` and `pictures` take
    the place of those before. Orders that stand keep what they were shown."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "member_price_fen": 8_900}}
    )

    version: Version
    name: ShortText | None = None
    contents: Contents | None = None
    list_price_fen: Fen | None = None
    list_price_source: Text | None = None
    list_price_on: Day | None = None
    member_price_fen: Fen | None = None
    per_person: PerPerson | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    is_delivered: StrictBool | None = None
    sites: Sites | None = None
    pictures: Pictures | None = None

    def values(self) -> dict[str, Any]:
        """By the names of the service's arguments."""
        return {
            "version": self.version,
            "changes": self.model_dump(exclude={"version", *PARTS}, exclude_none=True),
            "contents": None if self.contents is None else [each.new() for each in self.contents],
            "sites": None if self.sites is None else [each.new() for each in self.sites],
            "pictures": None if self.pictures is None else [each.new() for each in self.pictures],
        }


class BoxStockChange(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "pool": "sold",
                "expected_total": 3_000,
                "total": 3_200,
                "reason": "供应商加货",
            }
        }
    )

    pool: Literal["sold", "free"] = "sold"
    expected_total: Pieces
    total: Pieces
    reason: Why


class StaffBoxPictureOut(Output):
    """`GET /v1/admin/files/{file_id}` shows it."""

    file_id: UUID
    alt: str
    alt_en: str


class StaffBoxOut(Output):
    """`left` and `free_left`: what can still be sold, and given."""

    id: UUID
    campaign_id: UUID
    name: str
    contents: list[ContentOut]
    list_price_fen: int
    list_price_source: str | None
    list_price_on: Day | None
    member_price_fen: int
    quantity: int
    left: int
    free_quantity: int
    free_left: int
    per_person: int
    opens_at: Instant
    closes_at: Instant
    opening: OpensFree
    fair: FairOut | None
    is_delivered: bool
    sites: list[SiteOut]
    pictures: list[StaffBoxPictureOut]
    version: int
    created_at: Instant

    @classmethod
    def of(cls, box: BoxFacts) -> Self:
        return cls(
            **plain(box),
            contents=[ContentOut.of(each) for each in box.contents],
            quantity=box.sold.total,
            left=box.sold.free,
            free_quantity=box.free.total,
            free_left=box.free.free,
            sites=[SiteOut.of(each) for each in box.sites],
            pictures=[
                StaffBoxPictureOut(file_id=each.file.id, alt=each.alt, alt_en=each.alt_en)
                for each in box.pictures
            ],
            version=box.version,
            created_at=box.created_at,
        )
