"""The quiz in JSON, as members send and see it. What they say of scores and keys is not read."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.models.states_draws import AwardState
from app.models.states_health import AttemptState, QuestionKind
from app.packs.health.attempts import SeenAttempt
from app.packs.health.browse import OfferedQuiz
from app.packs.health.queries import Asked, AttemptFacts
from app.schemas.base import Input, Instant, Output, PageOut
from app.schemas.files import ShownPictureOut
from app.shared.draws import AwardFacts, DrawFacts, MyTicket
from app.shared.draws.rules import award_state
from app.shared.files import Links

OptionId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,32}$")]
QuestionId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F-]{32,36}$")]
Chosen = Annotated[list[OptionId], Field(max_length=8)]
Answers = Annotated[
    dict[QuestionId, Chosen],
    Field(
        max_length=100,
        description="题目 id → 所选选项 id；未列出的题目保持不变 · "
        "options by question; a question that is not named stays as it is",
        # Keys that are no ids are refused; the pattern alone does not say so.
        json_schema_extra={"additionalProperties": False},
    ),
]


class AnswersIn(Input):
    model_config = ConfigDict(json_schema_extra={"example": {"answers": {}}})

    answers: Answers

    def chosen(self) -> dict[str, list[str]]:
        return _lowered(self.answers)


class SubmissionIn(Input):
    """The last answers, if any. Nothing else that is sent is looked at."""

    model_config = ConfigDict(json_schema_extra={"example": {"answers": {}}})

    answers: Answers = Field(default_factory=dict)

    def chosen(self) -> dict[str, list[str]]:
        return _lowered(self.answers)


class QuizOut(Output):
    id: UUID
    campaign_id: UUID
    title: str
    intro: str
    opens_at: Instant
    closes_at: Instant
    question_count: int
    time_limit_s: int
    grace_s: int
    attempts_per_person: int
    attempts_used: int = Field(description="本人（按自然人）已用次数 · by natural person")
    best_score: int | None
    attempt_id: UUID | None = Field(description="正在进行的答题 · the one that is under way")
    can_start: bool
    reason: str | None = Field(description="不能开始的原因代码 · the refusal's code")
    next_at: Instant | None

    @classmethod
    def of(cls, offered: OfferedQuiz) -> Self:
        quiz = offered.quiz
        return cls(
            id=quiz.id,
            campaign_id=quiz.campaign_id,
            title=quiz.title,
            intro=quiz.intro,
            opens_at=quiz.opens_at,
            closes_at=quiz.closes_at,
            question_count=quiz.question_count,
            time_limit_s=quiz.time_limit_s,
            grace_s=quiz.grace_s,
            attempts_per_person=quiz.attempts_per_person,
            attempts_used=offered.used,
            best_score=offered.best,
            attempt_id=offered.live_id,
            can_start=offered.refusal is None and offered.live_id is None,
            reason=offered.refusal.code if offered.refusal is not None else None,
            next_at=offered.next_at,
        )


class QuizList(PageOut[QuizOut]):
    server_time: Instant


class OptionOut(Output):
    id: str
    text: str


class AskedOut(Output):
    """A question. `key`, `explanation` and `is_right` come with the result, and not before."""

    id: UUID
    kind: QuestionKind
    text: str
    picture: ShownPictureOut | None = Field(
        description="配图；地址过期后重新读取本次答题 · read the attempt again for a fresh link"
    )
    options: list[OptionOut]
    chosen: list[str]

    @classmethod
    def of(cls, asked: Asked, links: Links) -> Self:
        return cls(**_question(asked, links))


class GradedOut(AskedOut):
    key: list[str]
    explanation: str
    is_right: bool

    @classmethod
    def of(cls, asked: Asked, links: Links) -> Self:
        graded = {"key": asked.answer_key, "explanation": asked.explanation}
        return cls(**_question(asked, links), **graded, is_right=bool(asked.is_right))


class AttemptFace(Output):
    id: UUID
    quiz_id: UUID
    number: int
    state: AttemptState
    started_at: Instant
    deadline_at: Instant
    finished_at: Instant | None
    full_score: int

    @classmethod
    def of(cls, attempt: AttemptFacts, state: AttemptState) -> Self:
        names = AttemptFace.model_fields.keys() - {"state"}
        return cls(**{name: getattr(attempt, name) for name in names}, state=state)


class AttemptListed(AttemptFace):
    score: int | None

    @classmethod
    def of(cls, attempt: AttemptFacts, state: AttemptState) -> Self:
        face = AttemptFace.of(attempt, state).model_dump()
        return cls(**face, score=attempt.score)


class AttemptOut(AttemptFace):
    """An attempt that has not been handed in: no key is in it."""

    questions: list[AskedOut]
    server_time: Instant

    @classmethod
    def of_seen(cls, seen: SeenAttempt, links: Links) -> Self:
        return cls(
            **AttemptFace.of(seen.attempt, seen.state).model_dump(),
            questions=[AskedOut.of(each, links) for each in seen.asked],
            server_time=seen.as_of,
        )


class TicketRef(Output):
    draw_id: UUID
    ticket_no: str


class ResultOut(AttemptFace):
    """What an attempt that was handed in came to."""

    score: int
    questions: list[GradedOut]
    ticket_no: str | None = Field(
        description="抽奖奖券号，请自行保管 · the number of my ticket, which nobody else is told"
    )
    tickets: list[TicketRef]

    @classmethod
    def of_seen(cls, seen: SeenAttempt, links: Links) -> Self:
        tickets = [
            TicketRef(draw_id=each.draw_id, ticket_no=each.ticket_no) for each in seen.tickets
        ]
        return cls(
            **AttemptFace.of(seen.attempt, seen.state).model_dump(),
            score=seen.attempt.score or 0,
            questions=[GradedOut.of(each, links) for each in seen.asked],
            ticket_no=tickets[0].ticket_no if tickets else None,
            tickets=tickets,
        )


class PrizeWonOut(Output):
    id: UUID
    draw_id: UUID
    prize: str
    prize_en: str
    value_fen: int
    ticket_no: str
    state: AwardState
    accept_before: Instant
    accepted_at: Instant | None
    reason: str | None

    @classmethod
    def of(cls, draw: DrawFacts, won: AwardFacts, as_of: Instant) -> Self:
        prize = next(each for each in draw.prizes if each.id == won.prize_id)
        return cls(
            id=won.id,
            draw_id=draw.id,
            prize=prize.name,
            prize_en=prize.name_en,
            value_fen=prize.value_fen,
            ticket_no=won.ticket_no,
            state=award_state(won.state, won.accept_before, as_of),
            accept_before=won.accept_before,
            accepted_at=won.accepted_at,
            reason=won.reason,
        )


class MyTicketOut(Output):
    """Mine alone: nobody else is told whose a ticket is."""

    draw_id: UUID
    ticket_no: str
    entered_at: Instant
    is_listed: bool = Field(
        description="名单冻结时不再符合条件的为 false · "
        "false where the rule no longer admitted it when the list was frozen"
    )
    prize: PrizeWonOut | None

    @classmethod
    def of(cls, mine: MyTicket) -> Self:
        return cls(
            draw_id=mine.draw.id,
            ticket_no=mine.ticket_no,
            entered_at=mine.entered_at,
            is_listed=mine.is_listed,
            prize=mine.won and PrizeWonOut.of(mine.draw, mine.won, mine.as_of),
        )


def _question(asked: Asked, links: Links) -> dict[str, object]:
    return {
        "id": asked.version_id,
        "kind": asked.kind,
        "text": asked.text,
        "picture": asked.picture and ShownPictureOut.of(asked.picture, links),
        "options": [OptionOut(**option) for option in asked.options],
        "chosen": asked.chosen,
    }


def _lowered(answers: dict[str, list[str]]) -> dict[str, list[str]]:
    return {question_id.lower(): chosen for question_id, chosen in answers.items()}
