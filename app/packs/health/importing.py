"""A bank from a file: a question a row. A row that is wrong stops nothing; the same file again
changes nothing.

Columns: `code, kind, text, option_a … option_h, key, explanation, picture`. The key is the
letters of the right options (`B`, `ACD`); `picture` the id of a picture of the campaign's.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthQuestion, HealthQuiz
from app.models.states_health import QuestionKind
from app.packs.health import rules
from app.packs.health.acts import quiz_act
from app.packs.health.bank import add_all, bring_up_to_date
from app.packs.health.bank_rows import NewQuestion
from app.packs.health.queries import find_quiz
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.shared.files import campaign_pictures
from app.shared.identity.callers import Actor
from app.shared.imports import ImportReport
from app.shared.imports.csv_rows import Row
from app.shared.imports.faults import (
    DUPLICATE_IN_FILE,
    RowFault,
    RowRefusal,
    RowRefused,
    refusal,
)
from app.shared.imports.tables import Columns, table_rows
from app.shared.imports.values import number_of, text_of
from app.shared.ledger import write

LETTERS = "abcdefgh"
COLUMNS = Columns(
    ("code", "kind", "text", "option_a", "option_b", "key"),
    (*(f"option_{letter}" for letter in LETTERS[2:]), "explanation", "picture"),
)
MOST_TEXT, MOST_OPTION = 500, 200

KIND_UNKNOWN = RowFault(
    "kind_unknown",
    Words(
        "题型未知；可用 single、multiple、true_false",
        "unknown kind; use single, multiple or true_false",
    ),
)
KEY_MALFORMED = RowFault(
    "key_malformed",
    Words("答案应为选项字母，如 B 或 ACD", "the key is letters of options, such as B or ACD"),
)


PICTURE_UNKNOWN = RowFault(
    "picture_unknown",
    Words(
        "没有这张活动图片；请先上传，再填写其 id",
        "no such picture of the campaign's; send it first, then name its id",
    ),
)


@dataclass
class _Read:
    """What a file holds: its questions with their lines, and the rows that are wrong."""

    questions: list[NewQuestion] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    refusals: list[RowRefusal] = field(default_factory=list)
    rows: int = 0


async def import_bank(
    sessions: Sessions, clock: Clock, *, actor: Actor, quiz_id: UUID, file: BinaryIO
) -> ImportReport:
    """New codes are added; a code that is there gets a new version if the row says anything
    else. All good rows in one transaction.

    Raises `NotFound` and the refusals of a file.
    """
    async with sessions() as session:
        await find_quiz(session, quiz_id)
    # Work for the processor: other requests go on meanwhile.
    read = await asyncio.to_thread(_read, table_rows(file, COLUMNS))
    async with sessions.begin() as session:
        # One import of a bank at a time.
        await session.execute(
            select(HealthQuiz.id).where(HealthQuiz.id == quiz_id).with_for_update()
        )
        await _refuse_unknown_pictures(session, read)
        report = ImportReport(read=read.rows, refused=len(read.refusals), refusals=read.refusals)
        await _write(session, report, clock, actor, quiz_id, read.questions)
        counts = f"read {report.read}, added {report.added}, changed {report.changed}, " + (
            f"refused {report.refused}"
        )
        await write(
            session,
            [quiz_act(actor, "import", quiz_id, {}, at=clock.now(), reason=counts)],
        )
    return report


async def _refuse_unknown_pictures(session: AsyncSession, read: _Read) -> None:
    """Rows whose picture nobody has sent."""
    wanted = {each.picture_id for each in read.questions if each.picture_id is not None}
    known = {None, *await campaign_pictures(session, wanted)}
    wrong = [each for each in read.questions if each.picture_id not in known]
    read.questions = [each for each in read.questions if each.picture_id in known]
    read.refusals += [
        refusal(read.lines[each.code], PICTURE_UNKNOWN, column="picture") for each in wrong
    ]
    read.refusals.sort(key=lambda each: each.line)


async def _write(
    session: AsyncSession,
    report: ImportReport,
    clock: Clock,
    actor: Actor,
    quiz_id: UUID,
    questions: list[NewQuestion],
) -> None:
    now = clock.now()
    rows = await session.execute(
        select(HealthQuestion.code, HealthQuestion.id).where(HealthQuestion.quiz_id == quiz_id)
    )
    known = {row.code: row.id for row in rows}
    fresh = [question for question in questions if question.code not in known]
    report.added = len(await add_all(session, quiz_id, fresh, actor=actor, at=now))
    for question in questions:
        if question.code not in known:
            continue
        question_id = known[question.code]
        await session.execute(
            select(HealthQuestion.id).where(HealthQuestion.id == question_id).with_for_update()
        )
        if await bring_up_to_date(session, question_id, question, actor=actor, at=now):
            report.changed += 1
        else:
            report.unchanged += 1


def _read(rows: Iterator[Row]) -> _Read:
    read = _Read()
    for line, cells in rows:
        read.rows += 1
        if isinstance(cells, RowFault):
            read.refusals.append(refusal(line, cells))
            continue
        try:
            question = _question(dict(zip(COLUMNS.all, cells, strict=True)))
        except RowRefused as refused:
            read.refusals.append(refusal(line, refused.fault, column=refused.column))
            continue
        first = read.lines.setdefault(question.code, line)
        if first == line:
            read.questions.append(question)
        else:
            read.refusals.append(refusal(line, DUPLICATE_IN_FILE, first_line=first))
    return read


def _question(cells: dict[str, str]) -> NewQuestion:
    """Raises `RowRefused`."""
    kind = _kind(cells["kind"])
    texts = [
        text_of(cells[f"option_{letter}"], f"option_{letter}", most=MOST_OPTION)
        for letter in LETTERS
        if cells[f"option_{letter}"]
    ]
    key = cells["key"].replace("|", "").replace(",", "").replace(" ", "").lower()
    if not key or not set(key) <= set(LETTERS[: len(texts)]):
        raise RowRefused(KEY_MALFORMED, "key")
    options = tuple(
        rules.NewOption(text, letter in key) for letter, text in zip(LETTERS, texts, strict=False)
    )
    question = NewQuestion(
        number_of(cells["code"], "code"),
        kind,
        text_of(cells["text"], "text", most=MOST_TEXT),
        options,
        " ".join(cells["explanation"].split())[:MOST_TEXT],
        _picture(cells["picture"]),
    )
    fault = rules.question_fault(kind, options)
    if fault is not None:
        zh, en, code = fault
        raise RowRefused(
            RowFault(code, Words(zh, en)), "key" if code == "key_wrong" else "option_a"
        )
    return question


def _picture(cell: str) -> UUID | None:
    try:
        return UUID(cell) if cell else None
    except ValueError as error:
        raise RowRefused(PICTURE_UNKNOWN, "picture") from error


def _kind(cell: str) -> QuestionKind:
    try:
        return QuestionKind(cell.lower())
    except ValueError as error:
        raise RowRefused(KIND_UNKNOWN, "kind") from error
