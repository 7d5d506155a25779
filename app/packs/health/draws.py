"""Whom the quiz lets into draws: who has finished an attempt with so many points.

A draw is about one quiz, or about all quizzes of its campaign.
"""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign
from app.models.health import HealthAttempt, HealthQuiz
from app.models.states_health import AttemptState
from app.platform.db import AnySelect
from app.platform.errors import invalid
from app.shared.draws import EntrantSource, EntryRule

QUIZ_SOURCE = "health.quiz"
MIN_SCORE = "min_score"


def admits(rule: EntryRule, score: int | None) -> bool:
    """Whether a finished attempt of so many points earns a ticket."""
    return score is not None and score >= int(rule.get(MIN_SCORE, 0))


async def _check(session: AsyncSession, subject_id: UUID, _: EntryRule) -> None:
    quiz = await session.scalar(select(HealthQuiz.id).where(HealthQuiz.id == subject_id))
    campaign = await session.scalar(select(Campaign.id).where(Campaign.id == subject_id))
    if quiz is None and campaign is None:
        raise invalid("entry/quiz_id", "没有这个答题", "no such quiz", "unknown")


def _admitted(subject_id: UUID, rule: EntryRule) -> AnySelect:
    return (
        select(HealthAttempt.member_id, HealthAttempt.person_id)
        .join(HealthQuiz, HealthQuiz.id == HealthAttempt.quiz_id)
        .where(
            or_(HealthQuiz.id == subject_id, HealthQuiz.campaign_id == subject_id),
            HealthAttempt.state == AttemptState.FINISHED,
            HealthAttempt.score >= int(rule.get(MIN_SCORE, 0)),
        )
    )


DRAWS = (EntrantSource(QUIZ_SOURCE, _check, _admitted),)
