"""Experts in JSON, as members see them and as staff send and see them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from app.models.states_health import HealthTopic
from app.packs.health.experts import ExpertFacts, NewExpert
from app.packs.health.topics import TOPICS
from app.schemas.base import Output, ShortText, StaffInput

LicenceNo = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9-]{6,32}$"),
    Field(description="执业证书编号 · the number of the licence"),
]
Topics = Annotated[list[HealthTopic], Field(min_length=1, max_length=len(HealthTopic))]
Account = Annotated[
    ShortText | None,
    Field(
        description="角色为 `expert` 的账号名称；空为不答复咨询 · the name of a staff account with "
        "the role `expert`; null: answers no consultations"
    ),
]


class TopicOut(Output):
    code: HealthTopic
    title: str
    title_en: str
    anonymous: bool = Field(description="可匿名咨询 · may be asked about under a pseudonym")

    @classmethod
    def of(cls, code: HealthTopic) -> Self:
        topic = TOPICS[code]
        return cls(
            code=code, title=topic.title.zh, title_en=topic.title.en, anonymous=topic.anonymous
        )


class TopicList(Output):
    items: list[TopicOut]


class ExpertOut(Output):
    id: UUID
    name: str
    title: str
    licence_no: LicenceNo
    hospital: str
    department: str
    topics: list[HealthTopic]
    answers_consultations: bool
    is_reviewer: bool = Field(
        description="医疗质量审阅人：除当事双方外唯一可查阅咨询内容的人，每次查阅均有记录 · "
        "the named medical reviewer, who alone beside the two parties may read consultations; "
        "each reading is logged"
    )

    @classmethod
    def of(cls, expert: ExpertFacts) -> Self:
        names = ExpertOut.model_fields.keys() - {"answers_consultations"}
        shown = {name: getattr(expert, name) for name in names}
        return cls(**shown, answers_consultations=expert.staff_id is not None)


class StaffExpertOut(ExpertOut):
    account: str | None
    is_active: bool
    version: int

    @classmethod
    def of(cls, expert: ExpertFacts) -> Self:
        return cls(
            **ExpertOut.of(expert).model_dump(),
            account=expert.account,
            is_active=expert.is_active,
            version=expert.version,
        )


class ExpertIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "王医生",
                "title": "主任医师",
                "licence_no": "110370200000001",
                "hospital": "青岛大学附属医院",
                "department": "呼吸内科",
                "topics": ["general", "respiratory"],
            }
        }
    )

    name: ShortText
    title: ShortText
    licence_no: LicenceNo
    hospital: ShortText
    department: ShortText
    topics: Topics
    account: Account = None

    def expert(self) -> NewExpert:
        return NewExpert(**self.model_dump())


class ExpertChange(StaffInput):
    """What is absent stays. `is_active: false`: not shown any more; open consultations go back to
    the queue."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": 1, "department": "心理科"}})

    version: Annotated[int, Field(ge=1, strict=True)]
    name: ShortText | None = None
    title: ShortText | None = None
    licence_no: LicenceNo | None = None
    hospital: ShortText | None = None
    department: ShortText | None = None
    topics: Topics | None = None
    account: Account = None
    is_active: StrictBool | None = None

    def changes(self) -> dict[str, object]:
        """`account: null` takes the account away; a null of another field says nothing."""
        given = self.model_dump(exclude_unset=True, exclude={"version"})
        return {
            name: value for name, value in given.items() if value is not None or name == "account"
        }
