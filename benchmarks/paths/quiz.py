"""Handing in a quiz: graded, written down, with a ticket for a draw.

One transaction of some twenty statements and a kept answer, against an operation that does
nothing: the ratio says what a submission costs, and is watched rather than praised.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

from app.models.states import PackKind
from app.models.states_health import QuestionKind
from app.packs.health.attempts import start_attempt
from app.packs.health.bank_rows import NewQuestion
from app.packs.health.draws import MIN_SCORE, QUIZ_SOURCE
from app.packs.health.quizzes import NewQuiz, create_quiz, move_quiz
from app.packs.health.rules import NewOption
from app.platform.ids import new_id
from app.shared.draws import NewPrize, Plan, create_draw, open_draw
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.paths.noop import MEMBER_NOOP, NOOP, OK
from benchmarks.paths.path import Crowd, Measure, Path, Target, Variant

SUBMISSIONS, QUESTIONS = 1_500, 5
REASON, YEAR = "bench", timedelta(days=365)
# How many attempts are begun together while it is prepared.
TOGETHER = 8


async def _submissions(ground: Ground, count: int) -> Crowd:
    quiz_id = await _open_quiz(ground)
    await _open_draw(ground, quiz_id)
    attempts = await _begin(ground, quiz_id, count)
    url = f"{ground.service.url}/v1/health/attempts"
    requests = [
        crowd.request(
            "POST", f"{url}/{attempt_id}/submission", token, key=str(new_id()), body=b"{}"
        )
        for attempt_id, token in zip(attempts, ground.tokens, strict=False)
    ]
    return Crowd(ground.service, requests, OK)


async def _begin(ground: Ground, quiz_id: UUID, count: int) -> list[UUID]:
    """An attempt a member, by the service's own way."""
    rooms, room_for = ground.rooms, asyncio.Semaphore(TOGETHER)

    async def begun(place: int) -> UUID:
        member = ground.members[place]
        async with room_for:
            started = await start_attempt(
                rooms.sessions,
                rooms.clock,
                rooms.closed,
                _once(ground),
                actor=member.acting(rooms.digester),
                member=member,
                quiz_id=quiz_id,
            )
        return started.attempt.id

    return list(await asyncio.gather(*(begun(place) for place in range(count))))


async def _open_quiz(ground: Ground) -> UUID:
    rooms, now = ground.rooms, ground.rooms.clock.now()
    options = (NewOption("yes", correct=True), NewOption("no", correct=False))
    quiz = await create_quiz(
        rooms.sessions,
        rooms.clock,
        _once(ground),
        actor=_actor(ground),
        quiz=NewQuiz("bench", "bench", now, now + YEAR, QUESTIONS, 14_400, 30, 1),
        questions=[
            NewQuestion(f"Q{number}", QuestionKind.SINGLE, f"bench {number}", options)
            for number in range(QUESTIONS)
        ],
    )
    opened = await move_quiz(
        rooms.sessions,
        rooms.clock,
        _once(ground),
        actor=_actor(ground),
        quiz_id=quiz.id,
        act="open",
        reason=REASON,
    )
    return opened.id


async def _open_draw(ground: Ground, quiz_id: UUID) -> None:
    """So that every submission earns a ticket."""
    rooms, now = ground.rooms, ground.rooms.clock.now()
    draw = await create_draw(
        rooms.sessions,
        rooms.clock,
        rooms.draws,
        _once(ground),
        actor=_actor(ground),
        pack=PackKind.HEALTH,
        plan=Plan(
            title="bench",
            title_en="bench",
            organiser="bench",
            conditions="bench",
            conditions_en="bench",
            source=QUIZ_SOURCE,
            subject_id=quiz_id,
            entry_rule={MIN_SCORE: 0},
            opens_at=now,
            closes_at=now + YEAR,
            accept_within_h=1,
            prizes=(NewPrize("bench", "bench", 0, 1),),
        ),
    )
    await open_draw(
        rooms.sessions,
        rooms.clock,
        _once(ground),
        actor=_actor(ground),
        pack=PackKind.HEALTH,
        draw_id=draw.id,
        reason=REASON,
    )


def _once(ground: Ground) -> Once:
    return Once(None, ground.rooms.digester, ground.rooms.sealer)


def _actor(ground: Ground) -> Actor:
    return Actor.system(REASON, ground.rooms.digester)


QUIZ = Path(
    name="quiz",
    about="交卷判分并得到奖券 · a quiz is handed in, graded, and earns a ticket",
    subject=Variant("submission", _submissions, SUBMISSIONS),
    references=(MEMBER_NOOP,),
    targets=(Target(NOOP, 0.008, 0.03), Target(NOOP, 130, 40, Measure.CPU)),
)
