"""The quiz: its bank with versions, attempts, answers, and corrected keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states_health import AttemptState, QuestionKind, QuizState

LIVE = "state = 'in_progress'"


class HealthQuiz(Base):
    """A quiz: so many questions of its bank, in so many seconds, so often a person."""

    __tablename__ = "health_quiz"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_opens"),
        CheckConstraint("question_count BETWEEN 1 AND 100", name="question_count_range"),
        CheckConstraint("time_limit_s BETWEEN 30 AND 14400", name="time_limit_range"),
        CheckConstraint("grace_s BETWEEN 0 AND 600", name="grace_range"),
        CheckConstraint("attempts_per_person BETWEEN 1 AND 100", name="attempts_range"),
        Index(None, "campaign_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    title: Mapped[str]
    intro: Mapped[str]
    state: Mapped[QuizState] = mapped_column(enum_column(QuizState, "state"))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    question_count: Mapped[int]
    time_limit_s: Mapped[int]
    grace_s: Mapped[int]
    attempts_per_person: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class HealthQuestion(Base):
    """A question of a bank, by the number that staff know it by; its text is a version's.
    Retired, it is drawn no more."""

    __tablename__ = "health_question"
    __table_args__ = (UniqueConstraint("quiz_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("health_quiz.id"))
    code: Mapped[str]
    is_retired: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class HealthQuestionVersion(Base):
    """A question as attempts have it. What was asked is never changed; only the key of a version
    can be corrected, and then every attempt that had it is graded anew.

    `options`: [{id, text}]; `answer_key`: the ids of the right ones, ascending. `picture_id`: a
    picture of the campaign's that is shown with it.
    """

    __tablename__ = "health_question_version"
    __table_args__ = (
        UniqueConstraint("question_id", "number"),
        CheckConstraint("cardinality(answer_key) > 0", name="has_a_key"),
        CheckConstraint(
            "kind = 'multiple' OR cardinality(answer_key) = 1", name="one_right_unless_multiple"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("health_question.id"))
    number: Mapped[int]
    kind: Mapped[QuestionKind] = mapped_column(enum_column(QuestionKind, "kind"))
    text: Mapped[str]
    options: Mapped[list[Any]] = mapped_column(JSONB)
    answer_key: Mapped[list[str]] = mapped_column(ARRAY(Text))
    explanation: Mapped[str]
    picture_id: Mapped[UUID | None] = mapped_column(ForeignKey("file.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class HealthAttempt(Base):
    """One attempt of a person, numbered. It ends by being handed in, or by time alone, which
    `abandon_at` says whoever has written that down."""

    __tablename__ = "health_attempt"
    __table_args__ = (
        UniqueConstraint("quiz_id", "person_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("state <> 'overdue'", name="overdue_is_read"),
        CheckConstraint("score BETWEEN 0 AND full_score", name="score_range"),
        CheckConstraint(
            "(state = 'finished') = (finished_at IS NOT NULL) "
            "AND (state = 'finished') = (score IS NOT NULL)",
            name="finished_whole",
        ),
        # Whatever else fails, nobody has two attempts under way.
        Index(
            "uq_health_attempt_live",
            "quiz_id",
            "person_id",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        Index(None, "member_id", "started_at"),
        Index(None, "quiz_id", "score"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("health_quiz.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    state: Mapped[AttemptState] = mapped_column(enum_column(AttemptState, "state"))
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    abandon_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    full_score: Mapped[int]
    score: Mapped[int | None]


class HealthAnswer(Base):
    """A question of an attempt at its place, its options as they were shuffled, and what was
    chosen, ascending. `is_right` once it was graded."""

    __tablename__ = "health_answer"
    __table_args__ = (
        UniqueConstraint("attempt_id", "version_id"),
        Index(None, "version_id"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("health_attempt.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("health_question_version.id"))
    shuffled: Mapped[list[str]] = mapped_column(ARRAY(Text))
    chosen: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    is_right: Mapped[bool | None]


class HealthKeyCorrection(Base):
    """A key that was wrong: who put it right, and how many attempts have another score now."""

    __tablename__ = "health_key_correction"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("health_question_version.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    before: Mapped[list[str]] = mapped_column(ARRAY(Text))
    after: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str]
    regraded_count: Mapped[int]
    moved_count: Mapped[int]
