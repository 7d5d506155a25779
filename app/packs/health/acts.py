"""What became of quizzes, questions and attempts, for the ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.shared.identity.callers import Actor
from app.shared.ledger import Act, Changes

QUIZ, QUESTION, ATTEMPT = "quiz", "question", "attempt"


def quiz_act(
    actor: Actor,
    act: str,
    quiz_id: UUID,
    changes: Changes,
    *,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`health.quiz.<act>`."""
    return Act(actor, f"health.quiz.{act}", QUIZ, quiz_id, changes, at=at, reason=reason)


def question_act(
    actor: Actor,
    act: str,
    question_id: UUID,
    changes: Changes,
    *,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`health.question.<act>`."""
    verb = f"health.question.{act}"
    return Act(actor, verb, QUESTION, question_id, changes, at=at, reason=reason)


def attempt_act(actor: Actor, act: str, attempt_id: UUID, at: datetime, **now: Any) -> Act:
    """`health.attempt.<act>`: what it is after that."""
    changes = {name: (None, value) for name, value in now.items()}
    return Act(actor, f"health.attempt.{act}", ATTEMPT, attempt_id, changes, at=at)
