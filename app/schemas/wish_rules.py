"""Kinds of wish and the limits of wishes, as staff send and see them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from app.packs.wishes.kinds import KindFacts
from app.packs.wishes.rules import Limits
from app.schemas.base import OfEdition, Output, ShortText, StaffInput, Why

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z_]{1,64}$"),
    Field(description="代码，建好后不变 · a code, which never changes"),
]
Hours = Annotated[
    int,
    Field(
        ge=1,
        le=720,
        strict=True,
        description="认领后须在多少小时内开始，此后的认领适用 · hours within which a claim is to "
        "be started, for claims from now on",
    ),
]
Sort = Annotated[
    int, Field(ge=0, le=10_000, strict=True, description="排列次序 · its place in the list")
]
Version = Annotated[int, Field(ge=1, strict=True)]
MostClaims = Annotated[
    int,
    Field(
        ge=1,
        le=100,
        strict=True,
        description="每位志愿者同时认领几个 · open claims a volunteer",
    ),
]
MostWishes = Annotated[
    int,
    Field(ge=1, le=100, strict=True, description="每位会员未完结的心愿几个 · open wishes a member"),
]
CooldownHours = Annotated[
    int,
    Field(
        ge=0,
        le=720,
        strict=True,
        description="退回或失效后隔多少小时可再认领 · hours until a volunteer may claim again what "
        "was given back or has lapsed",
    ),
]
SimilarDays = Annotated[
    int,
    Field(
        ge=0,
        le=366,
        strict=True,
        description="与多少天内的心愿比较是否相似 · days within which wishes are compared",
    ),
]


class KindIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "reading_together",
                "title": "陪伴阅读",
                "title_en": "Reading together",
                "start_within_h": 72,
            }
        }
    )

    code: Code
    title: ShortText
    title_en: ShortText
    start_within_h: Hours = 72
    sort: Sort | None = Field(default=None, description="不填排在最后 · last if absent")
    campaign_id: OfEdition = None


class KindChange(StaffInput):
    """What to change. `is_on: false` takes no new wishes of the kind; those there go on."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "start_within_h": 48, "is_on": True}}
    )

    version: Version
    title: ShortText | None = None
    title_en: ShortText | None = None
    start_within_h: Hours | None = None
    sort: Sort | None = None
    is_on: StrictBool | None = Field(default=None, description="是否接受新的心愿 · takes new ones")


class StaffKindOut(Output):
    id: UUID
    code: str
    title: str
    title_en: str
    start_within_h: int
    sort: int
    is_on: bool
    version: int

    @classmethod
    def of(cls, kind: KindFacts) -> Self:
        return cls.model_validate(kind)


class StaffKindList(Output):
    items: list[StaffKindOut]


class LimitsChange(StaffInput):
    """What to change; it is felt by the next wish and the next claim."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"version": 1, "open_claims": 3, "open_wishes": 2, "reason": "节前需求增加"}
        }
    )

    version: Version
    open_claims: MostClaims | None = None
    open_wishes: MostWishes | None = None
    cooldown_h: CooldownHours | None = None
    similar_days: SimilarDays | None = None
    reason: Why
    campaign_id: OfEdition = None


class LimitsOut(Output):
    """Of the current campaign; persons are counted whatever their accounts."""

    open_claims: MostClaims
    open_wishes: MostWishes
    cooldown_h: CooldownHours
    similar_days: SimilarDays
    version: int

    @classmethod
    def of(cls, limits: Limits) -> Self:
        return cls.model_validate(limits)
