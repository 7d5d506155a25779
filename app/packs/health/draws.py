"""Whom the quiz lets into draws: who has finished an attempt with so many points.

A draw is about one quiz, or about all quizzes of its campaign.
"""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign
from app.models.health import HealthAttempt, HealthQuiz
from app.models.states_health import AttemptState
from app.platform.db import AnySelect, Sessions
from app.platform.errors import invalid
from app.shared.campaigns import find_campaign
from app.shared.draws import EntrantSource, EntryRule, find_draw

QUIZ_SOURCE = "health.quiz"
MIN_SCORE = "min_score"


def admits(rule: EntryRule, score: int | None) -> bool:
    """Whether a finished attempt of so many points earns a ticket."""
    return score is not None and score >= int(rule.get(MIN_SCORE, 0))


async def _check(session: AsyncSession, subject_id: UUID, _: EntryRule) -> None:
    quiz = await session.scalar(select(HealthQuiz.id).where(HealthQuiz.id == subject_id))
    campaign = await session.scalar(select(Campaign.id).where(Campaign.id == subject_id))
    if quiz is None and campaign is None:
        zh, en = "没有这个答题，或没有这一届", "no such quiz or campaign"
        raise invalid("entry/quiz_id", zh, en, "unknown")


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


def _edition(subject_id: UUID) -> AnySelect:
    return select(Campaign.id).where(
        or_(
            Campaign.id == subject_id,
            Campaign.id.in_(select(HealthQuiz.campaign_id).where(HealthQuiz.id == subject_id)),
        )
    )


async def subject_of(
    sessions: Sessions,
    *,
    quiz_id: UUID | None,
    campaign_id: UUID | None,
    draw_id: UUID | None = None,
) -> UUID:
    """What a draw is to be about: one quiz, or all quizzes of a campaign: of the one that is
    named, else of the draw's own, and of the current one if it is new.

    Raises `NotFound`, `InputInvalid` (both are named).
    """
    if quiz_id is not None and campaign_id is not None:
        zh, en = "quiz_id 与 campaign_id 最多填一项", "quiz_id or campaign_id, not both"
        raise invalid("entry/campaign_id", zh, en, "one_of")
    if quiz_id is not None:
        return quiz_id
    async with sessions() as session:
        if campaign_id is None and draw_id is not None:
            draw = await find_draw(session, draw_id)
            campaign_id = await session.scalar(_edition(draw.subject_id))
        return (await find_campaign(session, campaign_id)).id


DRAWS = (EntrantSource(QUIZ_SOURCE, _edition, _check, _admitted),)
