"""The quiz's SQL: a quiz with its bank, an attempt with its questions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import (
    HealthAnswer,
    HealthAttempt,
    HealthQuestion,
    HealthQuestionVersion,
    HealthQuiz,
)
from app.models.states_health import AttemptState, QuestionKind, QuizState
from app.packs.health import rules
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import NotFound
from app.shared.files import FileFacts, campaign_pictures


@dataclass(frozen=True, slots=True)
class QuizFacts:
    """A quiz; `bank_count`: questions that can be drawn."""

    id: UUID
    campaign_id: UUID
    title: str
    intro: str
    state: QuizState
    opens_at: datetime
    closes_at: datetime
    question_count: int
    time_limit_s: int
    grace_s: int
    attempts_per_person: int
    version: int
    bank_count: int


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """As stored; `state_at` reads it."""

    id: UUID
    quiz_id: UUID
    campaign_id: UUID
    member_id: UUID
    person_id: UUID
    number: int
    state: AttemptState
    started_at: datetime
    deadline_at: datetime
    abandon_at: datetime
    finished_at: datetime | None
    full_score: int
    score: int | None

    def state_at(self, now: datetime) -> AttemptState:
        return rules.attempt_state(self.state, self.deadline_at, self.abandon_at, now)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an attempt with its answer, in the attempt's order."""

    version_id: UUID
    kind: QuestionKind
    text: str
    options: list[dict[str, Any]]
    answer_key: list[str]
    explanation: str
    chosen: list[str]
    is_right: bool | None
    picture: FileFacts | None


_BANK = (
    select(func.count())
    .select_from(HealthQuestion)
    .where(HealthQuestion.quiz_id == HealthQuiz.id, ~HealthQuestion.is_retired)
    .correlate(HealthQuiz)
    .scalar_subquery()
)
_QUIZ = (
    HealthQuiz.id,
    HealthQuiz.campaign_id,
    HealthQuiz.title,
    HealthQuiz.intro,
    HealthQuiz.state,
    HealthQuiz.opens_at,
    HealthQuiz.closes_at,
    HealthQuiz.question_count,
    HealthQuiz.time_limit_s,
    HealthQuiz.grace_s,
    HealthQuiz.attempts_per_person,
    HealthQuiz.version,
    _BANK,
)


def select_quizzes() -> AnySelect:
    return select(*_QUIZ)


def quiz_facts(row: Any) -> QuizFacts:
    """A row of `select_quizzes`; whatever was added comes behind."""
    return QuizFacts(*row[: len(_QUIZ)])


async def find_quiz(session: AsyncSession, quiz_id: UUID, *, locked: bool = False) -> QuizFacts:
    """Raises `NotFound`."""
    statement = select_quizzes().where(HealthQuiz.id == quiz_id)
    if locked:
        statement = statement.with_for_update(of=HealthQuiz)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return quiz_facts(row)


def newest_versions() -> Any:
    """Of each question its last version's number."""
    return (
        select(
            HealthQuestionVersion.question_id,
            func.max(HealthQuestionVersion.number).label("number"),
        )
        .group_by(HealthQuestionVersion.question_id)
        .subquery()
    )


def select_bank(quiz_id: UUID) -> AnySelect:
    """The questions of a bank, each in its newest version."""
    newest = newest_versions()
    return (
        select(HealthQuestion, HealthQuestionVersion)
        .join(newest, newest.c.question_id == HealthQuestion.id)
        .join(
            HealthQuestionVersion,
            and_(
                HealthQuestionVersion.question_id == HealthQuestion.id,
                HealthQuestionVersion.number == newest.c.number,
            ),
        )
        .where(HealthQuestion.quiz_id == quiz_id)
    )


_ATTEMPT = (
    HealthAttempt.id,
    HealthAttempt.quiz_id,
    HealthQuiz.campaign_id,
    HealthAttempt.member_id,
    HealthAttempt.person_id,
    HealthAttempt.number,
    HealthAttempt.state,
    HealthAttempt.started_at,
    HealthAttempt.deadline_at,
    HealthAttempt.abandon_at,
    HealthAttempt.finished_at,
    HealthAttempt.full_score,
    HealthAttempt.score,
)


def select_attempts() -> AnySelect:
    return select(*_ATTEMPT).join(HealthQuiz, HealthQuiz.id == HealthAttempt.quiz_id)


def attempt_facts(row: Any) -> AttemptFacts:
    """A row of `select_attempts`; whatever was added comes behind."""
    return AttemptFacts(*row[: len(_ATTEMPT)])


async def find_attempt(
    session: AsyncSession, attempt_id: UUID, *, member_id: UUID | None = None, locked: bool = False
) -> AttemptFacts:
    """A member's own, unless anybody's will do. Raises `NotFound`."""
    statement = select_attempts().where(HealthAttempt.id == attempt_id)
    if member_id is not None:
        statement = statement.where(HealthAttempt.member_id == member_id)
    if locked:
        statement = statement.with_for_update(of=HealthAttempt)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return attempt_facts(row)


# What an attempt shows of a version, whichever way it is found.
_VERSION = (
    HealthQuestionVersion.id,
    HealthQuestionVersion.kind,
    HealthQuestionVersion.text,
    HealthQuestionVersion.options,
    HealthQuestionVersion.answer_key,
    HealthQuestionVersion.explanation,
    HealthQuestionVersion.picture_id,
)


async def drawable(session: AsyncSession, quiz_id: UUID) -> list[UUID]:
    """The newest versions of all questions that can be drawn; a bank may be long."""
    found = await session.scalars(
        select(HealthQuestionVersion.id)
        .join(HealthQuestion, HealthQuestion.id == HealthQuestionVersion.question_id)
        .where(HealthQuestion.quiz_id == quiz_id, ~HealthQuestion.is_retired)
        .ext(distinct_on(HealthQuestionVersion.question_id))
        .order_by(HealthQuestionVersion.question_id, HealthQuestionVersion.number.desc())
    )
    return list(found)


async def find_versions(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, AnyRow]:
    rows = await session.execute(select(*_VERSION).where(HealthQuestionVersion.id.in_(ids)))
    return {row.id: row for row in rows}


async def asked_in(session: AsyncSession, attempt_id: UUID) -> list[Asked]:
    """Its questions in order, the options of each as they were shuffled."""
    rows = await session.execute(
        select(*_VERSION, HealthAnswer.shuffled, HealthAnswer.chosen, HealthAnswer.is_right)
        .join(HealthQuestionVersion, HealthQuestionVersion.id == HealthAnswer.version_id)
        .where(HealthAnswer.attempt_id == attempt_id)
        .order_by(HealthAnswer.place)
    )
    found = rows.all()
    pictures = await pictures_of(session, found)
    return [as_asked(row, pictures, row.shuffled, row.chosen, row.is_right) for row in found]


async def pictures_of(
    session: AsyncSession, versions: Iterable[AnyRow]
) -> Mapping[UUID, FileFacts]:
    """The pictures that these versions show, by id."""
    ids = {version.picture_id for version in versions if version.picture_id is not None}
    return await campaign_pictures(session, ids)


def as_asked(
    version: AnyRow,
    pictures: Mapping[UUID, FileFacts],
    shuffled: Sequence[str],
    chosen: Sequence[str] = (),
    is_right: bool | None = None,
) -> Asked:
    """A version of a question as one attempt has it."""
    options = {option["id"]: option for option in version.options}
    return Asked(
        version.id,
        version.kind,
        version.text,
        [options[each] for each in shuffled],
        version.answer_key,
        version.explanation,
        list(chosen),
        is_right,
        pictures.get(version.picture_id) if version.picture_id is not None else None,
    )
