"""Attempts: begun, saved, handed in. Time is the service's; what the client says of its score or
of keys is not read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthAnswer, HealthAttempt, HealthQuiz
from app.models.states import PackKind
from app.models.states_health import AttemptState, QuizState
from app.packs.health import rules
from app.packs.health.acts import attempt_act
from app.packs.health.beginning import Begun, begin
from app.packs.health.draws import QUIZ_SOURCE, admits
from app.packs.health.grading import finish
from app.packs.health.queries import (
    Asked,
    AttemptFacts,
    QuizFacts,
    as_asked,
    asked_in,
    drawable,
    find_attempt,
    find_quiz,
    find_versions,
    pictures_of,
)
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared.campaigns import ClosedPacks, hold_open
from app.shared.draws import Ticket, enter, tickets_of
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import write
from app.shared.outbox import NewJob, cancel, put

ABANDON = "health.abandon"
Answers = Mapping[str, Sequence[str]]
_CHOOSE = (
    update(HealthAnswer)
    .where(
        HealthAnswer.attempt_id == bindparam("attempt"),
        HealthAnswer.version_id == bindparam("version"),
    )
    .values(chosen=bindparam("checked"))
)


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
    packs: ClosedPacks,
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
        if quiz.state is QuizState.DRAFT or packs.is_draft(quiz.campaign_id):
            raise NotFound()
        await hold_open(session, quiz.campaign_id, PackKind.HEALTH)
        refusal = rules.why_not_open(quiz.state, quiz.opens_at, quiz.closes_at, now)
        if refusal is not None:
            raise refusal
        deadline_at = now + timedelta(seconds=quiz.time_limit_s)
        begun = Begun(quiz, member, now, deadline_at, deadline_at + timedelta(seconds=quiz.grace_s))
        attempt = await begin(session, begun)
        asked = await _draw_questions(session, quiz, attempt.id)
        await put(session, _abandonment(attempt.id, begun.abandon_at))
        await write(session, [attempt_act(actor, "start", attempt.id, now, quiz_id=quiz_id)])
        started = SeenAttempt(attempt, attempt.state, asked, [], now)
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
        asked = await _keep(session, attempt_id, answers)
        return SeenAttempt(attempt, attempt.state, asked, [], now)


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
        # Before the attempt is locked, as whoever does the job locks them: it is not needed any
        # more, unless this is refused.
        await cancel(session, _abandonment_key(attempt_id))
        attempt = await find_attempt(session, attempt_id, member_id=member.id, locked=True)
        now = clock.now()
        if attempt.state is AttemptState.FINISHED:
            asked = await asked_in(session, attempt_id)
        else:
            refusal = rules.why_not("submit", attempt.state_at(now), attempt.deadline_at)
            if refusal is not None:
                raise refusal
            asked = await _keep(session, attempt_id, answers)
            attempt, asked = await _finish(session, attempt, asked, actor, now)
        await _enter(session, attempt, now)
        tickets = await _tickets(session, attempt)
        handed_in = SeenAttempt(attempt, attempt.state, asked, tickets, now)
        await once.keep(session, handed_in)
    return handed_in


async def find_own(
    sessions: Sessions, clock: Clock, *, member_id: UUID, attempt_id: UUID
) -> SeenAttempt:
    """Raises `NotFound`."""
    async with sessions() as session:
        attempt = await find_attempt(session, attempt_id, member_id=member_id)
        return await _seen(session, attempt, clock.now())


def _abandonment_key(attempt_id: UUID) -> str:
    return f"{ABANDON}:{attempt_id}"


def _abandonment(attempt_id: UUID, due_at: datetime) -> NewJob:
    """To write down what time makes of an attempt that is not handed in."""
    return NewJob(
        ABANDON, {"attempt_id": attempt_id}, dedupe_key=_abandonment_key(attempt_id), due_at=due_at
    )


async def _draw_questions(session: AsyncSession, quiz: QuizFacts, attempt_id: UUID) -> list[Asked]:
    generator = SystemRandom()
    bank = await drawable(session, quiz.id)
    drawn = rules.drawn(bank, min(quiz.question_count, len(bank)), generator)
    versions = await find_versions(session, drawn)
    shuffled = {each: rules.shuffled(versions[each].options, generator) for each in drawn}
    places = [
        {"attempt_id": attempt_id, "place": place, "version_id": each, "shuffled": shuffled[each]}
        for place, each in enumerate(drawn, start=1)
    ]
    await (await session.connection()).execute(insert(HealthAnswer), places)
    pictures = await pictures_of(session, versions.values())
    return [as_asked(versions[each], pictures, shuffled[each]) for each in drawn]


async def _keep(session: AsyncSession, attempt_id: UUID, answers: Answers) -> list[Asked]:
    """All in one round trip, however many there are; the questions with what is chosen now."""
    asked = {str(each.version_id): each for each in await asked_in(session, attempt_id)}
    rows = []
    for question_id, chosen in answers.items():
        question = asked.get(question_id)
        if question is None:
            raise rules.unknown_question(question_id)
        options = [option["id"] for option in question.options]
        checked = rules.checked_answer(question_id, question.kind, options, chosen)
        rows.append({"attempt": attempt_id, "version": question.version_id, "checked": checked})
        asked[question_id] = replace(question, chosen=checked)
    if rows:
        await (await session.connection()).execute(_CHOOSE, rows)
    return list(asked.values())


async def _finish(
    session: AsyncSession,
    attempt: AttemptFacts,
    asked: Sequence[Asked],
    actor: Actor,
    now: datetime,
) -> tuple[AttemptFacts, list[Asked]]:
    """The attempt with its score, and its questions by the keys that it was graded by."""
    graded = await finish(session, attempt.id, now)
    score = sum(each.is_right for each in graded.values())
    await write(session, [attempt_act(actor, "submit", attempt.id, now, score=score)])
    finished = replace(attempt, state=AttemptState.FINISHED, finished_at=now, score=score)
    return finished, [
        replace(
            each,
            answer_key=graded[each.version_id].answer_key,
            is_right=graded[each.version_id].is_right,
        )
        for each in asked
    ]


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
    state, tickets = attempt.state_at(now), list[Ticket]()
    if state is AttemptState.FINISHED:
        tickets = await _tickets(session, attempt)
    asked = await asked_in(session, attempt.id)
    return SeenAttempt(attempt, state, asked, tickets, now)


async def _tickets(session: AsyncSession, attempt: AttemptFacts) -> list[Ticket]:
    return await tickets_of(
        session,
        source=QUIZ_SOURCE,
        subject_ids=[attempt.quiz_id, attempt.campaign_id],
        member_id=attempt.member_id,
    )
