"""Quizzes as a member sees them, with what this person has and can do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.health import HealthAttempt, HealthQuiz
from app.models.states_health import AttemptState, QuizState
from app.packs.health import rules
from app.packs.health.queries import (
    AttemptFacts,
    QuizFacts,
    attempt_facts,
    quiz_facts,
    select_attempts,
    select_quizzes,
)
from app.packs.health.refusals import AttemptsUsed
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Refusal
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns import shown
from app.shared.identity.callers import Member

_BY_CLOSING = Keyset(HealthQuiz.closes_at, HealthQuiz.id)


@dataclass(frozen=True, slots=True)
class OfferedQuiz:
    """A quiz for one person. `live_id`: this account's attempt that is under way; `best`: the
    person's highest score. `refusal`: why an attempt cannot begin now; `next_at`: when that may
    change."""

    quiz: QuizFacts
    used: int
    live_id: UUID | None
    best: int | None
    refusal: Refusal | None
    next_at: datetime | None


async def list_quizzes(
    sessions: Sessions,
    clock: Clock,
    *,
    member: Member,
    page: PageRequest,
    campaign_id: UUID | None = None,
) -> Page[OfferedQuiz]:
    """Those that are open now or later; what closes first is first. Of one edition, or of all
    that run."""
    now = clock.now()
    open_or_later = select_quizzes().where(
        HealthQuiz.state == QuizState.OPEN,
        HealthQuiz.closes_at > now,
        shown(HealthQuiz.campaign_id, campaign_id),
    )
    async with sessions() as session:
        rows = await _BY_CLOSING.page(session, open_or_later, page)
        found = [quiz_facts(row) for row in rows.items]
        attempts = await session.execute(
            select_attempts().where(
                HealthAttempt.person_id == member.person_id,
                HealthAttempt.quiz_id.in_([quiz.id for quiz in found]),
            )
        )
        mine = [attempt_facts(row) for row in attempts]
    offered = [
        _offer(quiz, [each for each in mine if each.quiz_id == quiz.id], member, now)
        for quiz in found
    ]
    return Page(offered, rows.next_cursor)


async def list_attempts(
    sessions: Sessions, clock: Clock, *, member_id: UUID, page: PageRequest
) -> Page[tuple[AttemptFacts, AttemptState]]:
    """This account's own, the newest first, in the states that they are read in."""
    order = Keyset(HealthAttempt.started_at, HealthAttempt.id, descending=True)
    statement = select_attempts().where(HealthAttempt.member_id == member_id)
    async with sessions() as session:
        rows = await order.page(session, statement, page)
    now = clock.now()
    return rows.map(attempt_facts).map(lambda each: (each, each.state_at(now)))


def _offer(
    quiz: QuizFacts, attempts: Sequence[AttemptFacts], member: Member, now: datetime
) -> OfferedQuiz:
    used = max((each.number for each in attempts), default=0)
    under_way = {AttemptState.IN_PROGRESS, AttemptState.OVERDUE}
    live = [each for each in attempts if each.state_at(now) in under_way]
    scores = [each.score for each in attempts if each.score is not None]
    refusal = rules.why_not_open(quiz.state, quiz.opens_at, quiz.closes_at, now)
    next_at = quiz.opens_at if refusal is not None and now < quiz.opens_at else None
    if refusal is None and used >= quiz.attempts_per_person:
        refusal = AttemptsUsed(limit=quiz.attempts_per_person)
    return OfferedQuiz(
        quiz,
        used,
        next((each.id for each in live if each.member_id == member.id), None),
        max(scores, default=None),
        refusal,
        next_at,
    )
