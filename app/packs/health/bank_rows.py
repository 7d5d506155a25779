"""Questions as they are written down: their rows, and a version of each."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthQuestion, HealthQuestionVersion
from app.models.states_health import QuestionKind
from app.packs.health.rules import NewOption
from app.platform.ids import new_id


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """As staff send it. `code`: the number that they know it by; `picture_id`: a picture of the
    campaign's."""

    code: str
    kind: QuestionKind
    text: str
    options: tuple[NewOption, ...]
    explanation: str = ""
    picture_id: UUID | None = None


async def insert_questions(
    session: AsyncSession, quiz_id: UUID, questions: Mapping[UUID, NewQuestion]
) -> set[UUID]:
    """A bank may be long, so all of them at once. Answers those whose code is there already."""
    if not questions:
        return set()
    made = await session.scalars(
        insert(HealthQuestion)
        .on_conflict_do_nothing(index_elements=[HealthQuestion.quiz_id, HealthQuestion.code])
        .returning(HealthQuestion.id),
        [
            {"id": question_id, "quiz_id": quiz_id, "code": question.code}
            for question_id, question in questions.items()
        ],
    )
    return set(questions) - set(made)


def version_row(
    question_id: UUID, number: int, question: NewQuestion, *, at: datetime, by: str
) -> HealthQuestionVersion:
    """Options get random ids: those in the order of writing would tell which was written first,
    which is so often the right one."""
    ids = option_ids(len(question.options))
    pairs = list(zip(ids, question.options, strict=True))
    options: list[dict[str, Any]] = [{"id": each, "text": option.text} for each, option in pairs]
    return HealthQuestionVersion(
        id=new_id(),
        question_id=question_id,
        number=number,
        kind=question.kind,
        text=question.text,
        options=options,
        answer_key=sorted(each for each, option in pairs if option.correct),
        explanation=question.explanation,
        picture_id=question.picture_id,
        created_at=at,
        created_by=by,
    )


def option_ids(count: int) -> list[str]:
    found: set[str] = set()
    while len(found) < count:
        found.add(secrets.token_hex(4))
    # A set has an order of its own, which says nothing.
    return list(found)


def says_the_same(version: HealthQuestionVersion, question: NewQuestion) -> bool:
    """Whether the version has nothing to learn from what was sent."""
    right = set(version.answer_key)
    options = [NewOption(each["text"], each["id"] in right) for each in version.options]
    return (
        version.kind is question.kind
        and version.text == question.text
        and version.explanation == question.explanation
        and version.picture_id == question.picture_id
        and options == list(question.options)
    )
