"""Attempts: begun, saved, handed in. Time is the service's; what the client says of its score or
of keys is not read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthAnswer, HealthAttempt, HealthQuestion, HealthQuiz
from app.models.states import PackKind
from app.models.states_health import AttemptState, QuizState
from app.packs.health import rules
from app.packs.health.acts import attempt_act
from app.packs.health.beginning import Begun, begin
from app.packs.health.draws import QUIZ_SOURCE, admits
from app.packs.health.grading import grade
from app.packs.health.queries import (
    Asked,
    AttemptFacts,
    QuizFacts,
    asked_in,
    find_attempt,
    find_quiz,
    select_bank,
)
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared.campaigns import hold_open
from app.shared.draws import Ticket, enter, tickets_of
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import write
from app.shared.outbox import NewJob, put

ABANDON = "health.abandon"
Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class SeenAttempt:
    """An attempt as its member sees it at `as_of`: `state` as it is read; keys are for who has
    finished."""

    attempt: AttemptFacts
    state: AttemptState
    asked: list[Asked]
    tickets: list[Ticket]
    as_of: datetime


async def start_attempt(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    member: Member,
    quiz_id: UUID,
) -> SeenAttempt:
    """So many questions out of the bank, shuffled for this attempt, and the clock runs.

    Raises `NotFound`, `NotOpen` (`PackClosed`), `AttemptsUsed`, `StateConflict` (another one is
    under way).
    """
    visible = select(HealthQuiz.id).where(
        HealthQuiz.id == quiz_id, HealthQuiz.state != QuizState.DRAFT
    )
    async with sessions.begin() as session:
        await once.first(session, about=visible)
        quiz, now = await find_quiz(session, quiz_id), clock.now()
        if quiz.state is QuizState.DRAFT:
            raise NotFound()
        await hold_open(session, quiz.campaign_id, PackKind.HEALTH)
        refusal = rules.why_not_open(quiz.state, quiz.opens_at, quiz.closes_at, now)
        if refusal is not None:
            raise refusal
        deadline_at = now + timedelta(seconds=quiz.time_limit_s)
        begun = Begun(quiz, member, now, deadline_at, deadline_at + timedelta(seconds=quiz.grace_s))
        attempt_id = await begin(session, begun)
        await _draw_questions(session, quiz, attempt_id)
        await put(session, NewJob(ABANDON, {"attempt_id": attempt_id}, due_at=begun.abandon_at))
        await write(session, [attempt_act(actor, "start", attempt_id, now, quiz_id=quiz_id)])
        started = await _seen(session, await find_attempt(session, attempt_id), now)
        await once.keep(session, started)
    return started


async def save_answers(
    sessions: Sessions, clock: Clock, *, member_id: UUID, attempt_id: UUID, answers: Answers
) -> SeenAttempt:
    """Keep what was chosen so far; a question that is not named stays as it is. No act of the
    ledger: an app saves with every tap.

    Raises `NotFound`, `InputInvalid`, `DeadlinePassed`, `StateConflict`.
    """
    async with sessions.begin() as session:
        attempt = await find_attempt(session, attempt_id, member_id=member_id, locked=True)
        now = clock.now()
        refusal = rules.why_not("save", attempt.state_at(now), attempt.deadline_at)
        if refusal is not None:
            raise refusal
        await _keep(session, attempt_id, answers)
        return await _seen(session, attempt, now)


async def submit_attempt(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    member: Member,
    attempt_id: UUID,
    answers: Answers,
) -> SeenAttempt:
    """Hand it in, with the last answers; graded, and entered into the draws that it earns. One
    that was handed in is answered as it is, so twice is once.

    Within the grace time answers that come with it still count: they were on their way when
    time was up. Raises `NotFound`, `InputInvalid`, `DeadlinePassed`.
    """
    mine = select(HealthAttempt.id).where(
        HealthAttempt.id == attempt_id, HealthAttempt.member_id == member.id
    )
    async with sessions.begin() as session:
        await once.first(session, about=mine)
        attempt = await find_attempt(session, attempt_id, member_id=member.id, locked=True)
        now = clock.now()
        if attempt.state is not AttemptState.FINISHED:
            refusal = rules.why_not("submit", attempt.state_at(now), attempt.deadline_at)
            if refusal is not None:
                raise refusal
            await _keep(session, attempt_id, answers)
            attempt = await _finish(session, attempt, actor, now)
        await _enter(session, attempt, now)
        handed_in = await _seen(session, attempt, now)
        await once.keep(session, handed_in)
    return handed_in


async def find_own(
    sessions: Sessions, clock: Clock, *, member_id: UUID, attempt_id: UUID
) -> SeenAttempt:
    """Raises `NotFound`."""
    async with sessions() as session:
        attempt = await find_attempt(session, attempt_id, member_id=member_id)
        return await _seen(session, attempt, clock.now())


async def _draw_questions(session: AsyncSession, quiz: QuizFacts, attempt_id: UUID) -> None:
    generator = SystemRandom()
    rows = await session.execute(select_bank(quiz.id).where(~HealthQuestion.is_retired))
    versions = {version.id: version for _, version in rows}
    drawn = rules.drawn(list(versions), min(quiz.question_count, len(versions)), generator)
    session.add_all(
        HealthAnswer(
            attempt_id=attempt_id,
            place=place,
            version_id=version_id,
            shuffled=rules.shuffled(versions[version_id].options, generator),
        )
        for place, version_id in enumerate(drawn, start=1)
    )
    await session.flush()


async def _keep(session: AsyncSession, attempt_id: UUID, answers: Answers) -> None:
    asked = {str(each.version_id): each for each in await asked_in(session, attempt_id)}
    for question_id, chosen in answers.items():
        question = asked.get(question_id)
        if question is None:
            raise rules.unknown_question(question_id)
        options = [option["id"] for option in question.options]
        checked = rules.checked_answer(question_id, question.kind, options, chosen)
        await session.execute(
            update(HealthAnswer)
            .where(
                HealthAnswer.attempt_id == attempt_id,
                HealthAnswer.version_id == question.version_id,
            )
            .values(chosen=checked)
        )


async def _finish(
    session: AsyncSession, attempt: AttemptFacts, actor: Actor, now: datetime
) -> AttemptFacts:
    score = await grade(session, attempt.id)
    await session.execute(
        update(HealthAttempt)
        .where(HealthAttempt.id == attempt.id)
        .values(state=AttemptState.FINISHED, finished_at=now, score=score)
    )
    await write(session, [attempt_act(actor, "submit", attempt.id, now, score=score)])
    return await find_attempt(session, attempt.id)


async def _enter(session: AsyncSession, attempt: AttemptFacts, now: datetime) -> None:
    await enter(
        session,
        source=QUIZ_SOURCE,
        subject_ids=[attempt.quiz_id, attempt.campaign_id],
        member_id=attempt.member_id,
        person_id=attempt.person_id,
        admits=lambda rule: admits(rule, attempt.score),
        now=now,
    )


async def _seen(session: AsyncSession, attempt: AttemptFacts, now: datetime) -> SeenAttempt:
    tickets = await tickets_of(
        session,
        source=QUIZ_SOURCE,
        subject_ids=[attempt.quiz_id, attempt.campaign_id],
        member_id=attempt.member_id,
    )
    state = attempt.state_at(now)
    asked = await asked_in(session, attempt.id)
    shown = tickets if state is AttemptState.FINISHED else []
    return SeenAttempt(attempt, state, asked, shown, now)
