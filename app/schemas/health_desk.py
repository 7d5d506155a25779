"""The quiz in JSON, as staff send and see it."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints
from pydantic.config import JsonDict

from app.models.states_health import QuestionKind, QuizState
from app.packs.health.bank import BankQuestion, Correction
from app.packs.health.bank_rows import NewQuestion
from app.packs.health.queries import QuizFacts
from app.packs.health.quizzes import NewQuiz
from app.packs.health.rules import MOST_OPTIONS, NewOption
from app.packs.health.statistics import QuestionFigures
from app.schemas.base import Instant, OfEdition, Output, ShortText, StaffInput, Text, Why
from app.schemas.health import OptionId

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
    Field(description="题号 · the number that staff know the question by"),
]
PictureId = Annotated[
    UUID | None,
    Field(
        description="配图，先由 POST /v1/admin/files 上传 · a picture that was sent there before"
    ),
]
Seconds = Annotated[int, Field(ge=30, le=14_400, strict=True)]
QUESTION_EXAMPLE: JsonDict = {
    "code": "Q001",
    "kind": "single",
    "text": "正确的洗手时间至少是多少秒？",
    "options": [
        {"text": "5 秒", "correct": False},
        {"text": "20 秒", "correct": True},
        {"text": "2 分钟", "correct": False},
    ],
    "explanation": "用流动水和肥皂洗手，揉搓不少于 20 秒。",
}
QUIZ_EXAMPLE: JsonDict = {
    "title": "疫来疫往，健康你我",
    "intro": "答题赢奖品。",
    "opens_at": "2023-01-05T00:00:00+08:00",
    "closes_at": "2099-01-05T00:00:00+08:00",
    "question_count": 1,
    "time_limit_s": 600,
    "grace_s": 30,
    "attempts_per_person": 3,
    "questions": [QUESTION_EXAMPLE],
}


class OptionIn(StaffInput):
    text: Annotated[ShortText, Field(examples=["20 秒"])]
    correct: StrictBool = Field(examples=[True])


class QuestionIn(StaffInput):
    """`single` and `true_false` have one right option, `multiple` any number of them."""

    model_config = ConfigDict(json_schema_extra={"example": QUESTION_EXAMPLE})

    code: Code
    kind: QuestionKind
    text: Text
    options: Annotated[list[OptionIn], Field(min_length=2, max_length=MOST_OPTIONS)]
    explanation: Text | None = None
    picture_id: PictureId = None

    def question(self) -> NewQuestion:
        options = tuple(NewOption(each.text, each.correct) for each in self.options)
        explanation = self.explanation or ""
        return NewQuestion(self.code, self.kind, self.text, options, explanation, self.picture_id)


class QuestionChange(StaffInput):
    """All of the question as it is to be. Attempts that have begun keep the version they have."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": 1,
                **{name: value for name, value in QUESTION_EXAMPLE.items() if name != "code"},
                "is_retired": False,
            }
        }
    )

    version: Annotated[int, Field(ge=1, strict=True)]
    kind: QuestionKind
    text: Text
    options: Annotated[list[OptionIn], Field(min_length=2, max_length=MOST_OPTIONS)]
    explanation: Text | None = None
    picture_id: PictureId = None
    is_retired: StrictBool = Field(
        default=False, description="停用后不再被抽到 · retired, it is drawn no more"
    )

    def question(self) -> NewQuestion:
        options = tuple(NewOption(each.text, each.correct) for each in self.options)
        # The code is the question's own and stays.
        explanation = self.explanation or ""
        return NewQuestion("", self.kind, self.text, options, explanation, self.picture_id)


class KeyIn(StaffInput):
    """The ids of the options that are right."""

    right: Annotated[
        list[OptionId], Field(min_length=1, max_length=MOST_OPTIONS, examples=[["0a1b2c3d"]])
    ]
    reason: Why = Field(examples=["第二版教材已更正"])


class QuizIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": QUIZ_EXAMPLE})

    title: ShortText
    intro: Text
    opens_at: Instant
    closes_at: Instant
    question_count: Annotated[int, Field(ge=1, le=100, strict=True)] = Field(
        description="每卷抽多少题 · how many questions an attempt takes out of the bank"
    )
    time_limit_s: Seconds
    grace_s: Annotated[int, Field(ge=0, le=600, strict=True)] = Field(
        default=30,
        description="到时后还可交卷的秒数 · for how long after that it may still be handed in",
    )
    attempts_per_person: Annotated[int, Field(ge=1, le=100, strict=True)] = 1
    questions: Annotated[list[QuestionIn], Field(max_length=500)] = Field(default_factory=list)
    campaign_id: OfEdition = None

    def quiz(self) -> NewQuiz:
        return NewQuiz(**self.model_dump(exclude={"questions", "campaign_id"}))


class QuizChange(StaffInput):
    """Of a draft; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": 1, "grace_s": 60}})

    version: Annotated[int, Field(ge=1, strict=True)]
    title: ShortText | None = None
    intro: Text | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    question_count: Annotated[int, Field(ge=1, le=100, strict=True)] | None = None
    time_limit_s: Seconds | None = None
    grace_s: Annotated[int, Field(ge=0, le=600, strict=True)] | None = None
    attempts_per_person: Annotated[int, Field(ge=1, le=100, strict=True)] | None = None

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude={"version"}, exclude_none=True)


class StaffQuizOut(Output):
    id: UUID
    campaign_id: UUID
    title: str
    intro: str
    state: QuizState
    opens_at: Instant
    closes_at: Instant
    question_count: int
    time_limit_s: int
    grace_s: int
    attempts_per_person: int
    bank_count: int = Field(description="题库可抽题数 · questions that can be drawn")
    version: int

    @classmethod
    def of(cls, quiz: QuizFacts) -> Self:
        return cls.model_validate(quiz)


class KeyedOptionOut(Output):
    id: str
    text: str
    correct: bool


class StaffQuestionOut(Output):
    """A question in its newest version, with its key."""

    id: UUID
    quiz_id: UUID
    code: str
    kind: QuestionKind
    text: str
    options: list[KeyedOptionOut]
    explanation: str
    picture_id: UUID | None
    is_retired: bool
    version: int

    @classmethod
    def of(cls, question: BankQuestion) -> Self:
        return cls(**question_face(question))


class QuestionFiguresOut(StaffQuestionOut):
    """With how it went, over all its versions, in attempts that were handed in."""

    asked: int
    right: int
    left_out: int
    chosen: dict[str, int] = Field(
        description="当前版本各选项被选次数 · how often each option of this version was chosen"
    )

    @classmethod
    def of_figures(cls, figures: QuestionFigures) -> Self:
        return cls(
            **question_face(figures.question),
            asked=figures.asked,
            right=figures.right,
            left_out=figures.left_out,
            chosen=dict(figures.chosen),
        )


class MovedOut(Output):
    attempt_id: UUID
    before: int
    after: int


class CorrectionOut(Output):
    """How many attempts were graded anew, and whose score is another one now."""

    question: StaffQuestionOut
    regraded_count: int
    moved_count: int
    moved: list[MovedOut] = Field(description="最多列出 1000 份 · the first 1,000")

    @classmethod
    def of(cls, corrected: Correction) -> Self:
        regraded = corrected.regraded
        return cls(
            question=StaffQuestionOut.of(corrected.question),
            regraded_count=regraded.count,
            moved_count=len(regraded.moved),
            moved=[MovedOut.model_validate(each) for each in regraded.moved[:1000]],
        )


def question_face(question: BankQuestion) -> dict[str, Any]:
    """A question's own fields, each option with whether it is right."""
    texts = ("code", "kind", "text", "explanation")
    names = ("id", "quiz_id", *texts, "picture_id", "is_retired", "version")
    right = set(question.answer_key)
    options = [
        KeyedOptionOut(id=each["id"], text=each["text"], correct=each["id"] in right)
        for each in question.options
    ]
    return {**{name: getattr(question, name) for name in names}, "options": options}
