"""Health for members: the quiz, my ticket, my prize."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import PackKind
from app.models.states_health import AttemptState
from app.packs.health import attempts, browse
from app.packs.health.refusals import AttemptsUsed
from app.platform.errors import CursorInvalid, DeadlinePassed, StateConflict
from app.routers.acting import Acting
from app.routers.editions import OpenEdition
from app.routers.guard import REQUIRED, MemberCaller, OnceKey, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.health import (
    AnswersIn,
    AttemptListed,
    AttemptOut,
    MyTicketOut,
    PrizeWonOut,
    QuizList,
    QuizOut,
    ResultOut,
    SubmissionIn,
)
from app.schemas.seed_ids import FIRST_QUIZ_ID
from app.shared import draws
from app.shared.draws import AwardFacts, DrawFacts
from app.shared.stock.refusals import NotOpen

router = api_router()

ATTEMPT = "/v1/health/attempts/{attempt_id}"
QuizId = Annotated[UUID, Path(examples=[str(FIRST_QUIZ_ID)])]


@router.get("/v1/health/quizzes", summary="答题活动")
@members_only(refuses=(CursorInvalid,))
async def list_quizzes(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    campaign_id: OpenEdition = None,
) -> QuizList:
    """Quizzes that are open now or later, and what I have and can do in each; of all editions
    that run, or of one."""
    found = await browse.list_quizzes(
        rooms.sessions, rooms.clock, member=member, page=page, campaign_id=campaign_id
    )
    link_next(request, response, found)
    shown = found.map(QuizOut.of)
    return QuizList(items=shown.items, next_cursor=shown.next_cursor, server_time=rooms.clock.now())


@router.post("/v1/health/quizzes/{quiz_id}/attempts", status_code=201, summary="开始答题")
@members_only(key=REQUIRED, refuses=(NotOpen, AttemptsUsed, StateConflict), front=True)
async def start_attempt(
    quiz_id: QuizId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> AttemptOut:
    """Begin: questions are drawn and shuffled for this attempt, and its time runs."""
    started = await attempts.start_attempt(
        rooms.sessions,
        rooms.clock,
        rooms.closed,
        once.answering(201, lambda seen: AttemptOut.of_seen(seen, rooms.links).model_dump_json()),
        actor=actor,
        member=member,
        quiz_id=quiz_id,
    )
    return AttemptOut.of_seen(started, rooms.links)


@router.get("/v1/health/attempts", summary="我的答题")
@members_only(refuses=(CursorInvalid,))
async def list_attempts(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> PageOut[AttemptListed]:
    """My attempts, the newest first."""
    found = await browse.list_attempts(rooms.sessions, rooms.clock, member_id=member.id, page=page)
    link_next(request, response, found)
    shown = found.map(lambda each: AttemptListed.of(*each))
    return PageOut[AttemptListed](items=shown.items, next_cursor=shown.next_cursor)


@router.get(ATTEMPT, summary="一次答题")
@members_only()
async def get_attempt(attempt_id: UUID, member: MemberCaller, rooms: R) -> ResultOut | AttemptOut:
    """Its questions with what was saved; keys and explanations once it was handed in."""
    seen = await attempts.find_own(
        rooms.sessions, rooms.clock, member_id=member.id, attempt_id=attempt_id
    )
    if seen.state is AttemptState.FINISHED:
        return ResultOut.of_seen(seen, rooms.links)
    return AttemptOut.of_seen(seen, rooms.links)


@router.put(ATTEMPT + "/answers", summary="保存答案")
@members_only(refuses=(DeadlinePassed, StateConflict), front=True)
async def save_answers(
    attempt_id: UUID, body: AnswersIn, member: MemberCaller, rooms: R
) -> AttemptOut:
    """Keep what was chosen so far, as often as you like."""
    saved = await attempts.save_answers(
        rooms.sessions,
        rooms.clock,
        member_id=member.id,
        attempt_id=attempt_id,
        answers=body.chosen(),
    )
    return AttemptOut.of_seen(saved, rooms.links)


@router.post(ATTEMPT + "/submission", summary="交卷")
@members_only(key=REQUIRED, refuses=(DeadlinePassed,), front=True)
async def submit_attempt(
    attempt_id: UUID,
    body: SubmissionIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> ResultOut:
    """Hand it in: the score, keys and explanations, and my ticket where a draw's rule gives one.
    Handed in twice it is one result."""
    handed_in = await attempts.submit_attempt(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda seen: ResultOut.of_seen(seen, rooms.links).model_dump_json()),
        actor=actor,
        member=member,
        attempt_id=attempt_id,
        answers=body.chosen(),
    )
    return ResultOut.of_seen(handed_in, rooms.links)


@router.get("/v1/health/draws/{draw_id}/ticket", summary="我的奖券")
@members_only()
async def get_ticket(draw_id: UUID, member: MemberCaller, rooms: R) -> MyTicketOut:
    """My ticket in this draw, and what it has won."""
    mine = await draws.my_ticket(
        rooms.sessions,
        rooms.clock,
        pack=PackKind.HEALTH,
        draw_id=draw_id,
        member_id=member.id,
    )
    return MyTicketOut.of(mine)


@router.post("/v1/health/prizes/{prize_id}/acceptance", summary="领取奖品")
@members_only(key=REQUIRED, refuses=(DeadlinePassed, StateConflict))
async def accept_prize(
    prize_id: UUID, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> PrizeWonOut:
    """Claim what I have won, before its deadline; after it, it goes to somebody else."""

    now = rooms.clock.now()

    def show(accepted: tuple[DrawFacts, AwardFacts]) -> PrizeWonOut:
        return PrizeWonOut.of(*accepted, now)

    accepted = await draws.accept_prize(
        rooms.sessions,
        once.answering(200, lambda each: show(each).model_dump_json()),
        actor=actor,
        pack=PackKind.HEALTH,
        member_id=member.id,
        award_id=prize_id,
    )
    return show(accepted)
