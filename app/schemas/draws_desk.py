"""Draws in JSON, as staff plan them and move them on."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Discriminator, Field, StringConstraints, Tag
from pydantic.config import JsonDict

from app.models.states_draws import SourceKind
from app.platform.errors import InputInvalid, invalid
from app.schemas.base import Fen, Instant, Output, ShortText, StaffInput, Text, Why
from app.schemas.draws import DrawOut, PrizeOut, face, revealed
from app.schemas.wish_desk import MemberNo
from app.shared.draws import DrawFacts, NewPrize, Plan, PublicDraw, Source, drand_source

MOST_NUMBER = 1_000_000_000
# The longest sequence that a commitment names.
MOST_SOURCES = 16
Hours = Annotated[int, Field(ge=1, le=2160, strict=True)]
Ticket = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{10}$")]
Published = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Field(description="drand randomness")
]
DRAW_EXAMPLE: JsonDict = {
    "title": "防疫知识答题抽奖",
    "title_en": "Draw of the epidemic-prevention quiz",
    "organiser": "青岛市总工会",
    "conditions": "完成一次答题即可获得一张奖券，每人一张；主办单位工作人员不参加。",
    "conditions_en": "Finish an attempt and you have a ticket, one a person; no staff.",
    "entry": {"min_score": 0},
    "opens_at": "2023-01-05T00:00:00+08:00",
    "closes_at": "2099-01-20T00:00:00+08:00",
    "accept_within_h": 168,
    "prizes": [
        {"name": "电饭煲", "name_en": "Rice cooker", "value_fen": 30000, "quantity": 10},
        {"name": "口罩礼包", "name_en": "Pack of masks", "value_fen": 5000, "quantity": 100},
    ],
    "excluded_member_nos": [],
}


class PrizeIn(StaffInput):
    """A kind of prize. They are drawn in the order of the list."""

    name: ShortText = Field(examples=["电饭煲"])
    name_en: ShortText = Field(examples=["Rice cooker"])
    value_fen: Fen = Field(
        description="每份价值（分），最高奖不得超过五万元 · of one; at most 50,000 yuan by law",
        examples=[30000],
    )
    quantity: Annotated[int, Field(ge=1, le=100_000, strict=True)] = Field(examples=[10])


class EntryIn(StaffInput):
    """Who may enter: whoever finished an attempt with so many points."""

    quiz_id: UUID | None = Field(
        default=None,
        description="不填为一届活动的全部答题 · absent: any quiz of an edition",
    )
    campaign_id: UUID | None = Field(
        default=None,
        description="哪一届活动的全部答题；不填：修改时为原来那一届，新建时为当前 · any quiz of "
        "which edition; absent: of the draft's own, and of the current one if it is new",
    )
    min_score: Annotated[int, Field(ge=0, le=100, strict=True)] = 0


class DrawIn(StaffInput):
    """All that is published before the draw opens, and is not changed from then on."""

    model_config = ConfigDict(json_schema_extra={"example": DRAW_EXAMPLE})

    title: ShortText
    title_en: ShortText
    organiser: ShortText
    conditions: Text
    conditions_en: Text
    entry: EntryIn = Field(default_factory=EntryIn)
    opens_at: Instant
    closes_at: Instant
    accept_within_h: Hours = Field(
        default=168, description="中奖后多少小时内领取 · a winner has so many hours to claim it"
    )
    prizes: Annotated[list[PrizeIn], Field(min_length=1, max_length=20)]
    excluded_member_nos: Annotated[list[MemberNo], Field(max_length=1000)] = Field(
        default_factory=list,
        description="不得参加的主办单位工作人员 · the organiser's own staff, who may not enter",
    )

    def plan(self, source: str, subject_id: UUID) -> Plan:
        return Plan(
            title=self.title,
            title_en=self.title_en,
            organiser=self.organiser,
            conditions=self.conditions,
            conditions_en=self.conditions_en,
            source=source,
            subject_id=subject_id,
            entry_rule={"min_score": self.entry.min_score},
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            accept_within_h=self.accept_within_h,
            prizes=tuple(NewPrize(**prize.model_dump()) for prize in self.prizes),
            excluded=tuple(self.excluded_member_nos),
        )


class DrawChange(DrawIn):
    """The whole plan of a draft, anew."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": 1, **DRAW_EXAMPLE}})

    version: Annotated[int, Field(ge=1, strict=True)]


class LotterySource(StaffInput):
    """Part of a state lottery's drawing: so many different numbers out of a range. A drawing
    from two ranges (red and blue balls) is two sources."""

    kind: Literal["lottery"] = Field(examples=["lottery"])
    name: ShortText = Field(examples=["双色球第 2023012 期 红球"])
    published_at: Instant = Field(examples=["2099-01-29T21:15:00+08:00"])
    url: Annotated[str, StringConstraints(pattern=r"^https://[!-~]{1,300}$")] = Field(
        examples=["https://www.cwl.gov.cn/"]
    )
    pick: Annotated[int, Field(ge=1, le=50, strict=True)] = Field(examples=[6])
    lowest: Annotated[int, Field(ge=0, le=MOST_NUMBER, strict=True)] = Field(examples=[1])
    highest: Annotated[int, Field(ge=0, le=MOST_NUMBER, strict=True)] = Field(examples=[33])

    def source(self, place: int) -> Source:
        """Raises `InputInvalid`."""
        if self.highest - self.lowest + 1 < self.pick:
            zh, en = "范围内没有这么多号码", "there are not so many numbers in the range"
            raise invalid(f"sources/{place}/pick", zh, en, "range_too_small")
        return Source(SourceKind.LOTTERY, **self.model_dump(exclude={"kind"}))


class DrandSource(StaffInput):
    """A round of drand (the League of Entropy): its time follows from its number."""

    kind: Literal["drand"]
    chain: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    round: Annotated[int, Field(ge=1, le=10_000_000_000, strict=True)]

    def source(self, place: int) -> Source:
        """Raises `InputInvalid`."""
        found = drand_source(self.chain, self.round)
        if found is None:
            raise unknown_chain(place)
        return found


class CommitIn(StaffInput):
    """The public numbers that will decide, none of them out yet, in the order in which they are
    put together."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sources": [
                    {
                        "kind": "lottery",
                        "name": "双色球第 2023012 期 红球",
                        "published_at": "2099-01-29T21:15:00+08:00",
                        "url": "https://www.cwl.gov.cn/",
                        "pick": 6,
                        "lowest": 1,
                        "highest": 33,
                    },
                    {
                        "kind": "drand",
                        "chain": "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
                        "round": 80000000,
                    },
                ],
                "reason": "按公布的规则",
            }
        }
    )

    sources: Annotated[
        list[Annotated[LotterySource | DrandSource, Field(discriminator="kind")]],
        Field(min_length=1, max_length=MOST_SOURCES),
    ]
    reason: Why

    def named(self) -> list[Source]:
        """Raises `InputInvalid`."""
        return [each.source(place) for place, each in enumerate(self.sources)]


def _form_of(value: object) -> str:
    return "digits" if isinstance(value, str) else "numbers"


# By its form, so that only what is wrong with that form is told.
PublicNumbers = Annotated[
    Annotated[
        list[Annotated[int, Field(ge=0, le=MOST_NUMBER, strict=True)]],
        Field(min_length=1, max_length=50),
        Tag("numbers"),
    ]
    | Annotated[Published, Tag("digits")],
    Discriminator(_form_of),
]


class RevealIn(StaffInput):
    """A source's numbers at the source's place: whole numbers, or drand's 64 digits."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "public_numbers": [[2, 9, 14, 20, 26, 31], "ab" * 32],
                "reason": "已核对官方公告",
            }
        }
    )

    public_numbers: Annotated[list[PublicNumbers], Field(min_length=1, max_length=MOST_SOURCES)]
    reason: Why


class DisqualificationIn(StaffInput):
    ticket_no: Ticket = Field(examples=["7K3M9QX2TB"])
    reason: Why = Field(
        description="将公布的原因，勿写个人信息 · published with the draw; no personal data",
        examples=["由他人代答"],
    )


class StaffDrawOut(DrawOut):
    """With what only staff need."""

    source: str
    subject_id: UUID
    version: int

    @classmethod
    def of_seen(cls, seen: PublicDraw) -> Self:
        return cls(**_face(seen.draw), **revealed(seen))


class ListedDrawOut(Output):
    """A draw in staff's list."""

    id: UUID
    subject_id: UUID = Field(
        description="答题，或一届活动（其全部答题） · the quiz, or the edition, that it is about"
    )
    state: str
    title: str
    opens_at: Instant
    closes_at: Instant
    entrants_count: int | None
    commitment: str | None
    drawn_at: Instant | None
    prizes: list[PrizeOut]
    version: int

    @classmethod
    def of(cls, draw: DrawFacts) -> Self:
        return cls.model_validate(draw)


def _face(draw: DrawFacts) -> dict[str, Any]:
    more = {name: getattr(draw, name) for name in ("source", "subject_id", "version")}
    return face(draw) | more


def unknown_chain(place: int) -> InputInvalid:
    zh, en = "不认识这条 drand 链", "no drand chain that is known here"
    return invalid(f"sources/{place}/chain", zh, en, "chain_unknown")
