"""Consultations in JSON, as members and as experts send and see them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from app.models.states_health import (
    Author,
    ConsultationEnd,
    ConsultationState,
    Flag,
    HealthTopic,
)
from app.packs.health.advice_rules import TOLD, Guidance, guidance_for
from app.packs.health.alerts import AlertFacts
from app.packs.health.answering import OpenedThread
from app.packs.health.consultation_queries import ConsultationFacts, MessageFacts
from app.packs.health.consulting import OwnThread
from app.packs.health.message_rows import NewMessage
from app.schemas.base import Input, Instant, LongText, Output, PageOut, StaffInput, Why
from app.schemas.files import PictureOut
from app.schemas.health_experts import ExpertOut
from app.shared.files import Links

MOST_PICTURES = 5
Pictures = Annotated[
    list[UUID],
    Field(
        max_length=MOST_PICTURES,
        description="已上传的本人图片（`POST /v1/files`） · pictures that I have sent",
    ),
]


class MessageIn(Input):
    model_config = ConfigDict(json_schema_extra={"example": {"text": "还有一点低烧，需要复查吗？"}})

    text: LongText
    file_ids: Pictures = Field(default_factory=list)

    def message(self) -> NewMessage:
        return NewMessage(self.text, self.file_ids)


class ConsultationIn(MessageIn):
    model_config = ConfigDict(
        json_schema_extra={"example": {"topic": "respiratory", "text": "咳嗽两周了，需要拍片吗？"}}
    )

    topic: HealthTopic
    anonymous: StrictBool = Field(
        default=False,
        description="匿名：专家只看到化名（仅限允许匿名的主题） · the expert sees a pseudonym, "
        "where the topic allows it",
    )


class ReadIn(Input):
    model_config = ConfigDict(json_schema_extra={"example": {"number": 1}})

    number: Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class AnswerIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {"text": "建议先到呼吸科门诊就诊。"}})

    text: LongText


class HandOverIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"note": "已了解病程，请儿科同事继续。"}}
    )

    note: LongText = Field(
        description="给下一位专家的话，加密保存 · for the next expert; sealed, and read by nobody "
        "else"
    )


class GuidanceOut(Output):
    """What is to be told at once, before anybody answers."""

    kind: Guidance
    title: str
    title_en: str
    text: str
    text_en: str
    phones: list[str]

    @classmethod
    def of(cls, kind: Guidance) -> Self:
        told = TOLD[kind]
        return cls(
            kind=kind,
            title=told.title.zh,
            title_en=told.title.en,
            text=told.text.zh,
            text_en=told.text.en,
            phones=list(told.phones),
        )


class MessageOut(Output):
    number: int
    author: Author
    expert: str | None = Field(description="答复的专家 · which expert wrote it")
    text: str
    at: Instant
    pictures: list[PictureOut]
    guidance: list[GuidanceOut] = Field(
        description="请在应用中醒目显示：急救电话、心理热线、去哪里就医 · to be shown plainly: "
        "whom to call, where to go"
    )

    @classmethod
    def of(cls, message: MessageFacts, links: Links) -> Self:
        is_members = message.author is Author.MEMBER
        told = guidance_for(message.text) if is_members else ()
        return cls(
            number=message.number,
            author=message.author,
            expert=message.expert,
            text=message.text,
            at=message.at,
            pictures=[PictureOut.of(each, links) for each in message.picture_ids],
            guidance=[GuidanceOut.of(kind) for kind in told],
        )


class ConsultationFace(Output):
    id: UUID
    topic: HealthTopic
    state: ConsultationState
    opened_at: Instant
    waiting_from: Instant | None = Field(
        description="会员从何时起等待答复，空为无需答复 · since when the member waits for an answer"
    )
    closed_at: Instant | None
    closed_by: ConsultationEnd | None
    last_no: int = Field(description="最后一条消息的编号 · the number of the last message")
    member_read_no: int
    expert_read_no: int


class ConsultationOut(ConsultationFace):
    """One's own. `expert`: who has it now."""

    pseudonym: str | None = Field(
        description="专家看到的化名 · what the expert sees instead of a name"
    )
    is_lifted: bool
    expert: ExpertOut | None
    message: MessageOut | None = Field(description="刚发出的消息 · what was just written")

    @classmethod
    def of(cls, own: OwnThread, links: Links) -> Self:
        thread = own.thread
        return cls(
            **_face(thread),
            pseudonym=thread.pseudonym,
            is_lifted=thread.lifted_at is not None,
            expert=own.expert and ExpertOut.of(own.expert),
            message=own.message and MessageOut.of(own.message, links),
        )


class ListedConsultationOut(ConsultationFace):
    pseudonym: str | None

    @classmethod
    def of(cls, thread: ConsultationFacts) -> Self:
        return cls(**_face(thread), pseudonym=thread.pseudonym)


class OwnMessages(PageOut[MessageOut]):
    consultation: ConsultationOut


class StaffConsultationOut(ConsultationFace):
    """As it stands in staff's lists: without a word of it, and without who asks."""

    is_anonymous: bool
    is_lifted: bool
    has_alert: bool = Field(
        description="有尚未确认处理的警示 · nobody has yet acknowledged what cannot wait"
    )

    @classmethod
    def of(cls, thread: ConsultationFacts) -> Self:
        return cls(
            **_face(thread),
            is_anonymous=thread.pseudonym is not None,
            is_lifted=thread.lifted_at is not None,
            has_alert=thread.has_alert,
        )


class StaffMessages(PageOut[MessageOut]):
    """`asker`: a name, or the pseudonym. `phone`: once two people have lifted the pseudonym."""

    consultation: StaffConsultationOut
    asker: str
    phone: str | None
    note: str | None = Field(description="上一位专家的话 · what the last expert left for the next")

    @classmethod
    def of_opened(cls, opened: OpenedThread, links: Links) -> Self:
        return cls(
            items=[MessageOut.of(each, links) for each in opened.messages.items],
            next_cursor=opened.messages.next_cursor,
            consultation=StaffConsultationOut.of(opened.thread),
            asker=opened.asker.name,
            phone=opened.asker.phone,
            note=opened.note,
        )


class AlertOut(Output):
    """Whose it is, stands in the consultation, for whoever takes it."""

    id: UUID
    consultation_id: UUID
    flag: Flag
    topic: HealthTopic
    state: ConsultationState
    at: Instant
    acknowledged_at: Instant | None
    acknowledged_by: str | None

    @classmethod
    def of(cls, alert: AlertFacts) -> Self:
        return cls.model_validate(alert)


class ReviewerIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"is_reviewer": True, "reason": "医务处任命"}}
    )

    is_reviewer: StrictBool
    reason: Why


def _face(thread: ConsultationFacts) -> dict[str, object]:
    return {name: getattr(thread, name) for name in ConsultationFace.model_fields}
