"""The question bank: questions added, changed by new versions, retired, their keys corrected."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthKeyCorrection, HealthQuestion, HealthQuestionVersion, HealthQuiz
from app.models.states_health import QuestionKind
from app.packs.health import rules
from app.packs.health.acts import question_act
from app.packs.health.bank_rows import NewQuestion, insert_questions, says_the_same, version_row
from app.packs.health.grading import Regraded, regrade
from app.packs.health.queries import find_quiz, select_bank
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, VersionStale, invalid
from app.platform.ids import new_id
from app.shared.files import attach_campaign_pictures
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import made, write


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A question in its newest version."""

    id: UUID
    quiz_id: UUID
    code: str
    is_retired: bool
    version: int
    version_id: UUID
    kind: QuestionKind
    text: str
    options: list[dict[str, str]]
    answer_key: list[str]
    explanation: str
    picture_id: UUID | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A question with the key that is right, and what the other one had done."""

    question: BankQuestion
    regraded: Regraded


async def add_question(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    quiz_id: UUID,
    question: NewQuestion,
) -> BankQuestion:
    """Raises `NotFound`, `InputInvalid` (also a code that is there already)."""
    async with sessions.begin() as session:
        await once.first(session, about=select(HealthQuiz.id).where(HealthQuiz.id == quiz_id))
        await find_quiz(session, quiz_id)
        (question_id,) = await add_all(
            session, quiz_id, [question], actor=actor, at=clock.now(), place=""
        )
        added = await read_question(session, quiz_id, question_id)
        await once.keep(session, added)
    return added


async def add_all(
    session: AsyncSession,
    quiz_id: UUID,
    questions: Sequence[NewQuestion],
    *,
    actor: Actor,
    at: datetime,
    place: str = "questions",
) -> list[UUID]:
    """In the caller's transaction. Raises `InputInvalid`, with the place of the first bad one."""
    places = [f"{place}/{number}/" if place else "" for number in range(len(questions))]
    pictures = await _attach(session, questions)
    for question, at_place in zip(questions, places, strict=True):
        check_question(question, at_place)
        _check_picture(question, pictures, at_place)
    ids = [new_id() for _ in questions]
    taken = await insert_questions(session, quiz_id, dict(zip(ids, questions, strict=True)))
    for question_id, at_place in zip(ids, places, strict=True):
        if question_id in taken:
            zh, en = "题号重复", "this code is there already"
            raise invalid(f"{at_place}code", zh, en, "code_taken")
    session.add_all(
        version_row(question_id, 1, question, at=at, by=actor.name)
        for question_id, question in zip(ids, questions, strict=True)
    )
    await session.flush()
    codes = [question.code for question in questions]
    await write(
        session,
        [
            question_act(actor, "add", question_id, made(code=code), at=at)
            for question_id, code in zip(ids, codes, strict=True)
        ],
    )
    return ids


async def change_question(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    quiz_id: UUID,
    question_id: UUID,
    version: int,
    question: NewQuestion,
    is_retired: bool,
) -> BankQuestion:
    """A new version, for attempts that begin from now on; and whether it is still drawn.

    Raises `NotFound`, `VersionStale`, `InputInvalid`.
    """
    check_question(question, "")
    async with sessions.begin() as session:
        before = await _lock_question(session, quiz_id, question_id)
        if before.version != version:
            raise VersionStale(version=before.version)
        now = clock.now()
        await bring_up_to_date(session, question_id, question, actor=actor, at=now)
        await session.execute(
            update(HealthQuestion)
            .where(HealthQuestion.id == question_id)
            .values(is_retired=is_retired, version=HealthQuestion.version + 1)
        )
        changes = {
            "is_retired": (before.is_retired, is_retired),
            "text": (before.text, question.text),
        }
        await write(session, [question_act(actor, "change", question_id, changes, at=now)])
        return await read_question(session, quiz_id, question_id)


async def bring_up_to_date(
    session: AsyncSession,
    question_id: UUID,
    question: NewQuestion,
    *,
    actor: Actor,
    at: datetime,
) -> bool:
    """Write a version if the newest does not say the same. Whether there was anything new.
    The question is locked. Raises `InputInvalid` (no such picture)."""
    newest = await session.scalar(
        select(HealthQuestionVersion)
        .where(HealthQuestionVersion.question_id == question_id)
        .order_by(HealthQuestionVersion.number.desc())
        .limit(1)
    )
    assert newest is not None, "a question has a version"
    if says_the_same(newest, question):
        return False
    _check_picture(question, await _attach(session, [question]), "")
    session.add(version_row(question_id, newest.number + 1, question, at=at, by=actor.name))
    await session.flush()
    return True


async def correct_key(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    quiz_id: UUID,
    question_id: UUID,
    right: Sequence[str],
    reason: str,
) -> Correction:
    """Put the newest version's key right, by the ids of its right options, and grade anew every
    attempt that had it. Who moved is in the answer. Who may enter a draw follows when its list
    is frozen; a list that is frozen already stays.

    Raises `NotFound`, `InputInvalid`.
    """
    async with sessions.begin() as session:
        mine = HealthQuestion.id == question_id, HealthQuestion.quiz_id == quiz_id
        await once.first(session, about=select(HealthQuestion.id).where(*mine))
        question = await _lock_question(session, quiz_id, question_id)
        key, now = _checked_key(question, right), clock.now()
        await session.execute(
            update(HealthQuestionVersion)
            .where(HealthQuestionVersion.id == question.version_id)
            .values(answer_key=key)
        )
        regraded = await regrade(session, question.version_id)
        session.add(
            HealthKeyCorrection(
                id=new_id(),
                version_id=question.version_id,
                at=now,
                actor=actor.name,
                before=question.answer_key,
                after=key,
                reason=reason,
                regraded_count=regraded.count,
                moved_count=len(regraded.moved),
            )
        )
        changes = {"answer_key": (question.answer_key, key)}
        act = question_act(actor, "correct_key", question_id, changes, at=now, reason=reason)
        await write(session, [act])
        corrected = Correction(await read_question(session, quiz_id, question_id), regraded)
        await once.keep(session, corrected)
    return corrected


async def _attach(session: AsyncSession, questions: Sequence[NewQuestion]) -> set[UUID]:
    """Their pictures stay from now on. Which of them there are."""
    wanted = {each.picture_id for each in questions if each.picture_id is not None}
    return await attach_campaign_pictures(session, wanted)


def _check_picture(question: NewQuestion, pictures: Collection[UUID], place: str) -> None:
    if question.picture_id is not None and question.picture_id not in pictures:
        zh, en = "没有这张活动图片", "no such picture of the campaign's"
        raise invalid(f"{place}picture_id", zh, en, "picture_unknown")


def check_question(question: NewQuestion, place: str) -> None:
    """Raises `InputInvalid`."""
    fault = rules.question_fault(question.kind, question.options)
    if fault is not None:
        raise invalid(f"{place}options", *fault)


async def read_question(session: AsyncSession, quiz_id: UUID, question_id: UUID) -> BankQuestion:
    """Raises `NotFound`."""
    row = (
        await session.execute(
            select_bank(quiz_id)
            .where(HealthQuestion.id == question_id)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return bank_question(row)


def bank_question(row: Sequence[object]) -> BankQuestion:
    """A row of `select_bank`; whatever was added comes behind."""
    question, version = row[0], row[1]
    assert isinstance(question, HealthQuestion)
    assert isinstance(version, HealthQuestionVersion)
    return BankQuestion(
        question.id,
        question.quiz_id,
        question.code,
        question.is_retired,
        question.version,
        version.id,
        version.kind,
        version.text,
        version.options,
        version.answer_key,
        version.explanation,
        version.picture_id,
    )


async def _lock_question(session: AsyncSession, quiz_id: UUID, question_id: UUID) -> BankQuestion:
    held = await session.scalar(
        select(HealthQuestion.id)
        .where(HealthQuestion.id == question_id, HealthQuestion.quiz_id == quiz_id)
        .with_for_update()
    )
    if held is None:
        raise NotFound()
    return await read_question(session, quiz_id, question_id)


def _checked_key(question: BankQuestion, right: Sequence[str]) -> list[str]:
    known = [option["id"] for option in question.options]
    if not set(right) <= set(known):
        raise invalid("right", "没有这个选项", "no such option", "option_unknown")
    options = [rules.NewOption(each["text"], each["id"] in right) for each in question.options]
    fault = rules.question_fault(question.kind, options)
    if fault is not None:
        raise invalid("right", *fault)
    return sorted(set(right))
