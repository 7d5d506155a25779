"""The quiz for staff: its bank, its life, its keys, its figures."""

from typing import Annotated
from uuid import UUID

from fastapi import File, Path, Request, Response, UploadFile

from app.models.states import Role
from app.packs.health import bank, quizzes, statistics
from app.packs.health.importing import import_bank
from app.packs.health.queries import QuizFacts
from app.packs.health.refusals import NotEnoughQuestions
from app.platform.errors import CursorInvalid, NotFound, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.language import negotiate
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut, Reason
from app.schemas.health_desk import (
    CorrectionOut,
    KeyIn,
    QuestionChange,
    QuestionFiguresOut,
    QuestionIn,
    QuizChange,
    QuizIn,
    StaffQuestionOut,
    StaffQuizOut,
)
from app.schemas.imports import ImportOut
from app.schemas.seed_ids import FIRST_QUIZ_ID
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.imports.refusals import (
    EncodingUnknown,
    FileEmpty,
    FileUnreadable,
    HeaderWrong,
    WorkbookTooLarge,
)

router = api_router()

QUIZZES = "/v1/admin/health/quizzes"
QUIZ = QUIZZES + "/{quiz_id}"
QUESTIONS = QUIZ + "/questions"
QUESTION = QUESTIONS + "/{question_id}"
MANAGER = Role.QUIZ_MANAGER
READERS = (MANAGER, Role.DRAW_OFFICER, Role.CAMPAIGN_MANAGER)
FILE_REFUSES = (FileEmpty, FileUnreadable, EncodingUnknown, HeaderWrong, WorkbookTooLarge)
# Some ten thousand questions.
MOST_BYTES = 8 * 1024 * 1024
DEADLINE_S = 60
QuizId = Annotated[UUID, Path(examples=[str(FIRST_QUIZ_ID)])]


@router.get(QUIZZES, summary="答题活动清单")
@staff_only(*READERS, reads=True, refuses=(CursorInvalid,))
async def list_quizzes(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffQuizOut]:
    """All quizzes, drafts too, the newest first."""
    found = await quizzes.list_for_staff(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(StaffQuizOut.of)
    return PageOut[StaffQuizOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(QUIZZES, status_code=201, summary="新建答题活动（草稿）")
@staff_only(MANAGER, verb="health.quiz.create", key=OPTIONAL, refuses=(NotFound,))
async def create_quiz(body: QuizIn, actor: Acting, rooms: R, once: OnceKey) -> StaffQuizOut:
    """A draft of a campaign (the current one), with its first questions. Members see it once it
    is opened."""
    created = await quizzes.create_quiz(
        rooms.sessions,
        rooms.clock,
        once.answering(201, _render),
        actor=actor,
        quiz=body.quiz(),
        questions=[each.question() for each in body.questions],
        campaign_id=body.campaign_id,
    )
    return StaffQuizOut.of(created)


@router.get(QUIZ, summary="一个答题活动")
@staff_only(*READERS, reads=True)
async def get_quiz(quiz_id: QuizId, rooms: R) -> StaffQuizOut:
    """One quiz."""
    return StaffQuizOut.of(await quizzes.find_for_staff(rooms.sessions, quiz_id=quiz_id))


@router.patch(QUIZ, summary="修改答题活动")
@staff_only(MANAGER, verb="health.quiz.change", refuses=(VersionStale, StateConflict))
async def change_quiz(quiz_id: QuizId, body: QuizChange, actor: Acting, rooms: R) -> StaffQuizOut:
    """Correct a draft."""
    changed = await quizzes.change_quiz(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        quiz_id=quiz_id,
        version=body.version,
        changes=body.changes(),
    )
    return StaffQuizOut.of(changed)


@router.post(QUIZ + "/open", summary="开放答题")
@staff_only(
    MANAGER,
    verb="health.quiz.open",
    key=OPTIONAL,
    refuses=(StateConflict, NotEnoughQuestions),
)
async def open_quiz(
    quiz_id: QuizId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> StaffQuizOut:
    """Show it to members; attempts begin within its window. A closed one is opened again."""
    return await _move(rooms, once, actor, quiz_id, "open", body.reason)


@router.post(QUIZ + "/close", summary="关闭答题")
@staff_only(MANAGER, verb="health.quiz.close", key=OPTIONAL, refuses=(StateConflict,))
async def close_quiz(
    quiz_id: QuizId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> StaffQuizOut:
    """No attempt begins any more; those under way may be handed in."""
    return await _move(rooms, once, actor, quiz_id, "close", body.reason)


@router.get(QUESTIONS, summary="题库与统计")
@staff_only(*READERS, reads=True, refuses=(CursorInvalid,))
async def list_questions(
    quiz_id: QuizId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[QuestionFiguresOut]:
    """The bank by code, keys included, and how each question went."""
    found = await statistics.list_questions(rooms.sessions, quiz_id=quiz_id, page=page)
    link_next(request, response, found)
    shown = found.map(QuestionFiguresOut.of_figures)
    return PageOut[QuestionFiguresOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(QUESTIONS, status_code=201, summary="添加题目")
@staff_only(MANAGER, verb="health.question.add", key=OPTIONAL)
async def add_question(
    quiz_id: QuizId, body: QuestionIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffQuestionOut:
    """A question for attempts that begin from now on."""
    added = await bank.add_question(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda each: StaffQuestionOut.of(each).model_dump_json()),
        actor=actor,
        quiz_id=quiz_id,
        question=body.question(),
    )
    return StaffQuestionOut.of(added)


@router.post(QUESTIONS + "/import", summary="导入题库")
@staff_only(
    MANAGER,
    verb="health.quiz.import",
    refuses=FILE_REFUSES,
    deadline_s=DEADLINE_S,
    body_limit_bytes=MOST_BYTES,
)
async def import_questions(
    quiz_id: QuizId,
    file: Annotated[UploadFile, File(description="XLSX 或 CSV（UTF-8、GB18030） · XLSX or CSV")],
    request: Request,
    actor: Acting,
    rooms: R,
) -> ImportOut:
    """Read a bank in. A bad row is named and stops nothing; the same file again changes nothing.

    Columns: `code, kind, text, option_a, option_b, key` (letters, such as `B` or `ACD`),
    optional `option_c` to `option_h`, `explanation`, `picture` (the id of one that was sent by
    `POST /v1/admin/files`).
    """
    report = await import_bank(
        rooms.sessions, rooms.clock, actor=actor, quiz_id=quiz_id, file=file.file
    )
    return ImportOut.of(report, negotiate(request.headers.get("accept-language")))


@router.patch(QUESTION, summary="修改题目（新版本）")
@staff_only(MANAGER, verb="health.question.change", refuses=(VersionStale,))
async def change_question(
    quiz_id: QuizId, question_id: UUID, body: QuestionChange, actor: Acting, rooms: R
) -> StaffQuestionOut:
    """A new version; attempts that have begun keep theirs. To put a wrong key right, correct the
    key instead."""
    changed = await bank.change_question(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        quiz_id=quiz_id,
        question_id=question_id,
        version=body.version,
        question=body.question(),
        is_retired=body.is_retired,
    )
    return StaffQuestionOut.of(changed)


@router.post(QUESTION + "/key", summary="更正答案并重新判分")
@staff_only(MANAGER, verb="health.question.correct_key", key=OPTIONAL)
async def correct_key(
    quiz_id: QuizId, question_id: UUID, body: KeyIn, actor: Acting, rooms: R, once: OnceKey
) -> CorrectionOut:
    """Put a wrong key right: every attempt that had the question is graded anew, and the answer
    says who moved."""
    corrected = await bank.correct_key(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: CorrectionOut.of(each).model_dump_json()),
        actor=actor,
        quiz_id=quiz_id,
        question_id=question_id,
        right=body.right,
        reason=body.reason,
    )
    return CorrectionOut.of(corrected)


async def _move(
    rooms: Rooms, once: Once, actor: Actor, quiz_id: UUID, act: str, reason: str
) -> StaffQuizOut:
    moved = await quizzes.move_quiz(
        rooms.sessions,
        rooms.clock,
        once.answering(200, _render),
        actor=actor,
        quiz_id=quiz_id,
        act=act,
        reason=reason,
    )
    return StaffQuizOut.of(moved)


def _render(quiz: QuizFacts) -> str:
    return StaffQuizOut.of(quiz).model_dump_json()
