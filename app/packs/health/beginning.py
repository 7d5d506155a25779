"""An attempt's row, within what a person may have: decided by its number, which is unique.

Two that begin at once would have the same number; the second waits for the first's row, finds
it there, and looks again. So the cap is never looked up and then passed.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthAttempt
from app.models.states_health import AttemptState
from app.packs.health.queries import AttemptFacts, QuizFacts
from app.packs.health.refusals import AttemptsUsed
from app.platform.errors import StateConflict, TemporarilyUnavailable
from app.platform.ids import new_id
from app.shared.identity.callers import Member

# Each round lost is a rival's attempt, and there are few.
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Begun:
    quiz: QuizFacts
    member: Member
    at: datetime
    deadline_at: datetime
    abandon_at: datetime


async def begin(session: AsyncSession, begun: Begun) -> AttemptFacts:
    """The new attempt. Raises `AttemptsUsed`, `StateConflict` (with `attempt_id`)."""
    quiz, person_id = begun.quiz, begun.member.person_id
    of_person = (HealthAttempt.quiz_id == quiz.id, HealthAttempt.person_id == person_id)
    known_ones = select(
        HealthAttempt.id, HealthAttempt.number, HealthAttempt.state, HealthAttempt.abandon_at
    ).where(*of_person)
    for _ in range(ROUNDS):
        known = (await session.execute(known_ones)).all()
        live = next((row for row in known if row.state is AttemptState.IN_PROGRESS), None)
        if live is not None and live.abandon_at <= begun.at:
            await _abandon(session, live.id)
            live = None
        used = max((row.number for row in known), default=0)
        under_way = None if live is None else str(live.id)
        if used >= quiz.attempts_per_person:
            raise AttemptsUsed(limit=quiz.attempts_per_person, attempt_id=under_way)
        if under_way is not None:
            raise StateConflict(state=AttemptState.IN_PROGRESS.value, attempt_id=under_way)
        attempt_id = await _insert(session, begun, used + 1)
        if attempt_id is not None:
            return _attempt(begun, attempt_id, used + 1)
    raise TemporarilyUnavailable()


def _attempt(begun: Begun, attempt_id: UUID, number: int) -> AttemptFacts:
    return AttemptFacts(
        id=attempt_id,
        quiz_id=begun.quiz.id,
        campaign_id=begun.quiz.campaign_id,
        member_id=begun.member.id,
        person_id=begun.member.person_id,
        number=number,
        state=AttemptState.IN_PROGRESS,
        started_at=begun.at,
        deadline_at=begun.deadline_at,
        abandon_at=begun.abandon_at,
        finished_at=None,
        full_score=begun.quiz.question_count,
        score=None,
    )


async def _insert(session: AsyncSession, begun: Begun, number: int) -> UUID | None:
    inserted: UUID | None = await session.scalar(
        insert(HealthAttempt)
        .values(
            id=new_id(),
            quiz_id=begun.quiz.id,
            member_id=begun.member.id,
            person_id=begun.member.person_id,
            number=number,
            state=AttemptState.IN_PROGRESS,
            started_at=begun.at,
            deadline_at=begun.deadline_at,
            abandon_at=begun.abandon_at,
            full_score=begun.quiz.question_count,
        )
        .on_conflict_do_nothing()
        .returning(HealthAttempt.id)
    )
    return inserted


async def _abandon(session: AsyncSession, attempt_id: UUID) -> None:
    """Time ended it, and nobody has written that down yet."""
    await session.execute(
        update(HealthAttempt)
        .where(HealthAttempt.id == attempt_id, HealthAttempt.state == AttemptState.IN_PROGRESS)
        .values(state=AttemptState.ABANDONED)
    )
