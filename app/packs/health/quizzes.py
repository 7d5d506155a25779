"""Quizzes as staff hold them: planned, changed, opened, closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthQuiz
from app.models.states_health import QuizState
from app.packs.health import rules
from app.packs.health.acts import quiz_act
from app.packs.health.bank import add_all
from app.packs.health.bank_rows import NewQuestion
from app.packs.health.queries import QuizFacts, find_quiz, quiz_facts, select_quizzes
from app.packs.health.refusals import NotEnoughQuestions
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import VersionStale, invalid
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns import find_campaign
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import changed, made, write

_NEWEST_FIRST = Keyset(HealthQuiz.id, descending=True)


@dataclass(frozen=True, slots=True)
class NewQuiz:
    """`time_limit_s` for all questions together; for `grace_s` more an attempt may be handed
    in."""

    title: str
    intro: str
    opens_at: datetime
    closes_at: datetime
    question_count: int
    time_limit_s: int
    grace_s: int
    attempts_per_person: int

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


async def create_quiz(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    quiz: NewQuiz,
    questions: Sequence[NewQuestion] = (),
    quiz_id: UUID | None = None,
    campaign_id: UUID | None = None,
) -> QuizFacts:
    """A draft of a campaign (the current one), with its first questions. `quiz_id` where it is
    fixed (the seed). Raises `NotFound`, `InputInvalid`."""
    _check_window(quiz.opens_at, quiz.closes_at)
    quiz_id = quiz_id or new_id()
    async with sessions.begin() as session:
        await once.first(session)
        campaign, now = await find_campaign(session, campaign_id), clock.now()
        await add_quiz(session, campaign.id, quiz_id, quiz, questions, actor=actor, now=now)
        created = await find_quiz(session, quiz_id)
        await once.keep(session, created)
    return created


async def add_quiz(
    session: AsyncSession,
    campaign_id: UUID,
    quiz_id: UUID,
    quiz: NewQuiz,
    questions: Sequence[NewQuestion],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """In the caller's transaction. Raises `InputInvalid`."""
    session.add(
        HealthQuiz(
            id=quiz_id,
            campaign_id=campaign_id,
            state=QuizState.DRAFT,
            created_at=now,
            **quiz.columns(),
        )
    )
    await session.flush()
    await write(session, [quiz_act(actor, "create", quiz_id, made(**quiz.columns()), at=now)])
    await add_all(session, quiz_id, questions, actor=actor, at=now)


async def change_quiz(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    quiz_id: UUID,
    version: int,
    changes: Mapping[str, Any],
) -> QuizFacts:
    """Correct a draft. Raises `NotFound`, `VersionStale`, `StateConflict`, `InputInvalid`."""
    async with sessions.begin() as session:
        before = await find_quiz(session, quiz_id, locked=True)
        if before.version != version:
            raise VersionStale(version=before.version)
        rules.next_state(before.state, "change")
        was = {name: getattr(before, name) for name in changes}
        _check_window(
            changes.get("opens_at", before.opens_at), changes.get("closes_at", before.closes_at)
        )
        await session.execute(
            update(HealthQuiz)
            .where(HealthQuiz.id == quiz_id)
            .values(**changes, version=HealthQuiz.version + 1)
        )
        act = quiz_act(actor, "change", quiz_id, changed(was, changes), at=clock.now())
        await write(session, [act])
        return await find_quiz(session, quiz_id)


async def move_quiz(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    quiz_id: UUID,
    act: str,
    reason: str,
) -> QuizFacts:
    """`open` or `close`. Closing ends no attempt that has begun.

    Raises `NotFound`, `StateConflict`, `NotEnoughQuestions`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(HealthQuiz.id).where(HealthQuiz.id == quiz_id))
        quiz = await find_quiz(session, quiz_id, locked=True)
        state = rules.next_state(quiz.state, act)
        if state is QuizState.OPEN and quiz.bank_count < quiz.question_count:
            raise NotEnoughQuestions(needed=quiz.question_count, there=quiz.bank_count)
        await session.execute(
            update(HealthQuiz)
            .where(HealthQuiz.id == quiz_id)
            .values(state=state, version=HealthQuiz.version + 1)
        )
        changes = {"state": (quiz.state, state)}
        kept = quiz_act(actor, act, quiz_id, changes, at=clock.now(), reason=reason)
        await write(session, [kept])
        moved = await find_quiz(session, quiz_id)
        await once.keep(session, moved)
    return moved


async def list_for_staff(sessions: Sessions, *, page: PageRequest) -> Page[QuizFacts]:
    """The newest first, drafts too."""
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, select_quizzes(), page)
    return rows.map(quiz_facts)


async def find_for_staff(sessions: Sessions, *, quiz_id: UUID) -> QuizFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await find_quiz(session, quiz_id)


def _check_window(opens_at: datetime, closes_at: datetime) -> None:
    if closes_at <= opens_at:
        raise invalid("closes_at", "须晚于 opens_at", "it has to be after opens_at", "window_empty")
