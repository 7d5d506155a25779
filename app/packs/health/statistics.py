"""How each question of a bank went: from answers that were handed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.models.health import HealthQuestion
from app.packs.health.bank import BankQuestion, bank_question
from app.packs.health.queries import select_bank
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Keyset, Page, PageRequest

_BY_CODE = Keyset(HealthQuestion.code, HealthQuestion.id)
# All versions of a question together count; options belong to one version each.
_COUNTED = text("""
    SELECT v.question_id, count(*) AS asked, count(*) FILTER (WHERE w.is_right) AS right,
           count(*) FILTER (WHERE w.chosen = '{}') AS left_out
      FROM health_answer w
      JOIN health_attempt a ON a.id = w.attempt_id AND a.state = 'finished'
      JOIN health_question_version v ON v.id = w.version_id
     WHERE v.question_id = ANY (CAST(:questions AS uuid[]))
     GROUP BY v.question_id""")
_CHOSEN = text("""
    SELECT w.version_id, each AS option_id, count(*) AS times
      FROM health_answer w
      JOIN health_attempt a ON a.id = w.attempt_id AND a.state = 'finished'
      CROSS JOIN unnest(w.chosen) AS each
     WHERE w.version_id = ANY (CAST(:versions AS uuid[]))
     GROUP BY w.version_id, each""")


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """`asked`: in attempts that were handed in; `left_out`: nothing was chosen. `chosen`: how
    often each option of the newest version was."""

    question: BankQuestion
    asked: int
    right: int
    left_out: int
    chosen: Mapping[str, int]


async def list_questions(
    sessions: Sessions, *, quiz_id: UUID, page: PageRequest
) -> Page[QuestionFigures]:
    """A bank by code, with figures. Raises `NotFound`."""
    async with sessions() as session:
        rows = await _BY_CODE.page(session, select_bank(quiz_id), page)
        if await session.scalar(_KNOWN, {"quiz": quiz_id}) is None:
            raise NotFound()
        questions = [bank_question(row) for row in rows.items]
        counted = {
            row.question_id: (row.asked, row.right, row.left_out)
            for row in await session.execute(
                _COUNTED, {"questions": [question.id for question in questions]}
            )
        }
        chosen: dict[UUID, dict[str, int]] = {}
        versions = {"versions": [question.version_id for question in questions]}
        for row in await session.execute(_CHOSEN, versions):
            chosen.setdefault(row.version_id, {})[row.option_id] = row.times
    return Page(
        [
            QuestionFigures(
                question,
                *counted.get(question.id, (0, 0, 0)),
                chosen=chosen.get(question.version_id, {}),
            )
            for question in questions
        ],
        rows.next_cursor,
    )


_KNOWN = text("SELECT id FROM health_quiz WHERE id = :quiz")
