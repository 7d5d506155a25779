"""Talks in JSON, as staff send and see them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.models.states_appointments import RegistrationState, ReplayFor
from app.packs.health import talk_rules
from app.packs.health.attendance import ListedRegistration
from app.packs.health.talk_queries import TalkFacts
from app.packs.health.talk_statistics import DEFINITIONS, TalkFigures
from app.packs.health.talks import NewTalk
from app.schemas.base import Instant, OfEdition, Output, ShortText, StaffInput, Text, Why
from app.schemas.health_talks import shown_to_all

Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{3,500}$")]
Places = Annotated[int, Field(ge=1, le=talk_rules.MOST_PLACES, strict=True)]
Version = Annotated[int, Field(ge=1, strict=True)]
MAY_GO = {"expert_id", "place", "stream_url", "replay_url"}
REPLAY_FOR = Field(
    default=ReplayFor.REGISTERED,
    description="回放给谁看：registered 报名者，everybody 所有会员；讲座结束后可见 · who sees the "
    "replay once the talk is over",
)


class TalkIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "冬季呼吸道健康",
                "intro": "市立医院呼吸科医生讲解冬季防护，可现场提问。",
                "speaker": "王医生（市立医院呼吸科）",
                "place": "市工人文化宫三楼报告厅",
                "stream_url": "https://live.example.cn/talks/1",
                "starts_at": "2099-01-10T14:00:00+08:00",
                "ends_at": "2099-01-10T15:30:00+08:00",
                "register_opens_at": "2026-01-01T00:00:00+08:00",
                "register_closes_at": "2099-01-10T12:00:00+08:00",
                "capacity": 120,
            }
        }
    )

    title: ShortText
    intro: Text
    speaker: ShortText = Field(description="主讲人，按此公开展示 · as it is shown")
    expert_id: UUID | None = Field(default=None, description="主讲专家 · if an expert of ours")
    place: Text | None = None
    stream_url: Url | None = None
    replay_url: Url | None = None
    replay_for: ReplayFor = REPLAY_FOR
    starts_at: Instant
    ends_at: Instant
    register_opens_at: Instant
    register_closes_at: Instant
    capacity: Places
    campaign_id: OfEdition = None

    def new(self) -> NewTalk:
        return NewTalk(**self.model_dump(exclude={"campaign_id"}))


class TalkChange(StaffInput):
    """What to change; null takes an expert, a place, a stream or a replay away, and leaves all else
    as it is. Places are changed by `…/capacity`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"version": 1, "replay_url": "https://live.example.cn/talks/1/replay"}
        }
    )

    version: Version
    title: ShortText | None = None
    intro: Text | None = None
    speaker: ShortText | None = None
    expert_id: UUID | None = None
    place: Text | None = None
    stream_url: Url | None = None
    replay_url: Url | None = None
    replay_for: ReplayFor | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    register_opens_at: Instant | None = None
    register_closes_at: Instant | None = None

    def changes(self) -> dict[str, Any]:
        sent = self.model_dump(exclude={"version"}, exclude_unset=True)
        return {name: value for name, value in sent.items() if value is not None or name in MAY_GO}


class CapacityChange(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"expected_total": 120, "total": 150, "reason": "换到大报告厅"}
        }
    )

    expected_total: Places
    total: Places
    reason: Why


class StaffTalkOut(Output):
    id: UUID
    campaign_id: UUID
    title: str
    intro: str
    speaker: str
    expert_id: UUID | None
    place: str | None
    stream_url: str | None
    starts_at: Instant
    ends_at: Instant
    register_opens_at: Instant
    register_closes_at: Instant
    capacity: int
    replay_url: str | None
    replay_for: ReplayFor
    registered: int = Field(description="已报名人数 · places that are taken")
    version: int

    @classmethod
    def of(cls, talk: TalkFacts) -> Self:
        return cls(
            **shown_to_all(talk),
            replay_url=talk.replay_url,
            replay_for=talk.replay_for,
            registered=talk.pool.issued,
            version=talk.version,
        )


class TalkFiguresOut(Output):
    talk_id: UUID
    as_of: Instant
    capacity: int
    registered: int = Field(description=" · ".join(DEFINITIONS["registered"]))
    cancelled: int = Field(description=" · ".join(DEFINITIONS["cancelled"]))
    attended: int = Field(description=" · ".join(DEFINITIONS["attended"]))
    missed: int = Field(description=" · ".join(DEFINITIONS["missed"]))
    left: int = Field(description=" · ".join(DEFINITIONS["left"]))

    @classmethod
    def of(cls, figures: TalkFigures) -> Self:
        pool = figures.talk.pool
        return cls(
            talk_id=figures.talk.id,
            as_of=figures.as_of,
            capacity=pool.total,
            registered=figures.registered,
            cancelled=figures.cancelled,
            attended=figures.attended,
            missed=figures.missed,
            left=pool.free,
        )


class StaffRegistrationOut(Output):
    """A place and whose it is; name and phone are masked, and the look is logged."""

    id: UUID
    talk_id: UUID
    member_no: str
    name: str
    phone: str
    state: RegistrationState
    registered_at: Instant
    cancelled_at: Instant | None
    attended_at: Instant | None

    @classmethod
    def of(cls, listed: ListedRegistration) -> Self:
        held = listed.registration
        return cls(
            id=held.id,
            talk_id=held.talk_id,
            member_no=listed.member_no,
            name=listed.name,
            phone=listed.phone,
            state=held.state,
            registered_at=held.registered_at,
            cancelled_at=held.cancelled_at,
            attended_at=held.attended_at,
        )


class AttendanceIn(StaffInput):
    """Whose place: by the pass that is shown, or by the list."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"registration_id": "01855a2c-1c00-7000-8000-0000000000ff"}}
    )

    # `pass` is a word of Python's, so the attribute has another name than the field.
    text: Annotated[str, Field(max_length=1_024)] | None = Field(
        default=None, alias="pass", description="二维码内容 · the text of the QR"
    )
    registration_id: UUID | None = None

    @model_validator(mode="after")
    def _shows_one(self) -> Self:
        if (self.text is None) == (self.registration_id is None):
            raise PydanticCustomError("show_one", "send one of pass, registration_id")
        return self
