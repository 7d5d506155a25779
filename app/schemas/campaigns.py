"""Editions, as staff plan, copy, open and end them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from app.models.states import CampaignState, PackKind
from app.platform.errors import Words
from app.schemas.base import Day, Instant, Output, Reason, ShortText, StaffInput, Text
from app.schemas.packs import StaffPackOut
from app.shared.campaigns import CampaignFacts, Counted, NewPack, Planned

Version = Annotated[int, Field(ge=1, strict=True)]
COPY_EXAMPLE: dict[str, Any] = {
    "name": "2027年冬送温暖·五大礼包",
    "name_en": "Winter Warmth 2027: five gift packs",
    "starts_on": "2027-01-05",
}
CAMPAIGN_EXAMPLE: dict[str, Any] = {
    "name": "2027年冬送温暖·五大礼包",
    "name_en": "Winter Warmth 2027: five gift packs",
    "starts_at": "2027-01-05T00:00:00+08:00",
    "ends_at": "2027-02-04T00:00:00+08:00",
    "packs": [
        {
            "kind": "wishes",
            "title": "心愿大礼包",
            "title_en": "Wishes",
            "summary": "说出您的微心愿。",
            "summary_en": "Post a small wish.",
        }
    ],
}


class NewPackIn(StaffInput):
    """What the app shows of a pack, in both languages."""

    kind: PackKind
    title: ShortText
    title_en: ShortText
    summary: Text
    summary_en: Text

    def new(self) -> NewPack:
        title, summary = Words(self.title, self.title_en), Words(self.summary, self.summary_en)
        return NewPack(self.kind, title, summary)


class CampaignIn(StaffInput):
    """An edition that begins with nothing: its packs are there, and nothing in them."""

    model_config = ConfigDict(json_schema_extra={"example": CAMPAIGN_EXAMPLE})

    name: ShortText
    name_en: ShortText
    starts_at: Instant
    ends_at: Instant
    packs: list[NewPackIn] = Field(min_length=1, max_length=len(PackKind))

    @field_validator("packs")
    @classmethod
    def _each_once(cls, packs: list[NewPackIn]) -> list[NewPackIn]:
        if len({pack.kind for pack in packs}) < len(packs):
            raise PydanticCustomError("pack_repeated", "name each kind of pack once")
        return packs


class CopyIn(StaffInput):
    """The name of the copy, and how far its times move: always by whole days, so that what
    began at midnight does so again. `starts_on` or `shift_days`, one of them."""

    model_config = ConfigDict(json_schema_extra={"example": COPY_EXAMPLE})

    name: ShortText
    name_en: ShortText
    starts_on: Day | None = Field(
        default=None, description="新一届的第一天（上海） · the copy's first Shanghai day"
    )
    shift_days: Annotated[int, Field(ge=-36_500, le=36_500, strict=True)] | None = Field(
        default=None, description="所有时间顺延多少天 · how many days every time moves"
    )


class CampaignChange(StaffInput):
    """What to change of an edition; its packs' texts are changed pack by pack."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "name": "2027年冬送温暖·五大礼包（更名）"}}
    )

    version: Version
    name: ShortText | None = None
    name_en: ShortText | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None


class PackChange(StaffInput):
    """What to change of a pack's texts; members see it at once."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "title": "心愿大礼包·携手互助一家亲"}}
    )

    version: Version
    title: ShortText | None = None
    title_en: ShortText | None = None
    summary: Text | None = None
    summary_en: Text | None = None


class OpenIn(Reason):
    """Why, and which packs open with it; absent: all."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "新一届开始"}})

    packs: list[PackKind] | None = Field(default=None, max_length=len(PackKind))


class CampaignListed(Output):
    """An edition, with its packs in the order in which the app shows them."""

    id: UUID
    name: str
    name_en: str
    starts_at: Instant
    ends_at: Instant
    state: CampaignState
    is_current: bool = Field(
        description="不指明哪一届时即指本届 · the one that is meant where none is named"
    )
    copied_from: UUID | None = Field(description="由哪一届复制 · whose plans it took")
    version: int
    packs: list[StaffPackOut]

    @classmethod
    def of(cls, campaign: CampaignFacts) -> Self:
        return cls(**_plain(campaign))


class CountOut(Output):
    """How many of something (`batches`, `kinds`, `boxes`, …)."""

    pack: PackKind
    what: str = Field(examples=["batches"])
    count: int

    @classmethod
    def of(cls, counted: Counted) -> Self:
        return cls.model_validate(counted)


class StaffCampaignOut(CampaignListed):
    """An edition with what is planned in it."""

    contents: list[CountOut] = Field(
        description="复制本届会带走什么；草稿则为已带来什么 · what a copy of it takes along; of a "
        "copy, what it was given"
    )

    @classmethod
    def of_planned(cls, planned: Planned) -> Self:
        contents = [CountOut.of(each) for each in planned.contents]
        return cls(**_plain(planned.campaign), contents=contents)


def _plain(campaign: CampaignFacts) -> dict[str, Any]:
    name, name_en = campaign.name
    return {
        "id": campaign.id,
        "name": name,
        "name_en": name_en,
        "starts_at": campaign.starts_at,
        "ends_at": campaign.ends_at,
        "state": campaign.state,
        "is_current": campaign.is_current,
        "copied_from": campaign.copied_from,
        "version": campaign.version,
        "packs": [StaffPackOut.of(pack) for pack in campaign.packs],
    }
