"""Pure decisions about quizzes, questions and attempts: no I/O, no clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.models.states_health import AttemptState, QuestionKind, QuizState
from app.platform.errors import DeadlinePassed, InputInvalid, Refusal, StateConflict, invalid
from app.shared.draws.commitment_rules import shown_time
from app.shared.stock.refusals import NotOpen

MOST_OPTIONS = 8

_Q, _A = QuizState, AttemptState
# state → {act: next state}
QUIZ_MOVES: dict[QuizState, dict[str, QuizState]] = {
    _Q.DRAFT: {"change": _Q.DRAFT, "open": _Q.OPEN},
    _Q.OPEN: {"close": _Q.CLOSED},
    _Q.CLOSED: {"open": _Q.OPEN},
}
# `lapse` and `abandon` are time's acts.
ATTEMPT_MOVES: dict[AttemptState, dict[str, AttemptState]] = {
    _A.IN_PROGRESS: {"save": _A.IN_PROGRESS, "submit": _A.FINISHED, "lapse": _A.OVERDUE},
    _A.OVERDUE: {"submit": _A.FINISHED, "abandon": _A.ABANDONED},
    _A.FINISHED: {},
    _A.ABANDONED: {},
}


def next_state(state: QuizState, act: str) -> QuizState:
    """Raises `StateConflict`."""
    if act not in QUIZ_MOVES[state]:
        raise StateConflict(state=state.value)
    return QUIZ_MOVES[state][act]


def why_not_open(
    state: QuizState, opens_at: datetime, closes_at: datetime, now: datetime
) -> Refusal | None:
    """Why nobody can begin just now."""
    if state is QuizState.OPEN and opens_at <= now < closes_at:
        return None
    return NotOpen(opens_at=shown_time(opens_at), closes_at=shown_time(closes_at))


def attempt_state(
    state: AttemptState, deadline_at: datetime, abandon_at: datetime, now: datetime
) -> AttemptState:
    """As it is read: time ends an attempt, without a job."""
    if state is not AttemptState.IN_PROGRESS or now < deadline_at:
        return state
    return AttemptState.OVERDUE if now < abandon_at else AttemptState.ABANDONED


def why_not(act: str, state: AttemptState, deadline_at: datetime) -> Refusal | None:
    """Why an attempt in this state, as it is read, does not allow it."""
    if act in ATTEMPT_MOVES[state]:
        return None
    if state is AttemptState.FINISHED:
        return StateConflict(state=state.value)
    return DeadlinePassed(deadline_at=shown_time(deadline_at))


@dataclass(frozen=True, slots=True)
class NewOption:
    text: str
    correct: bool


def question_fault(kind: QuestionKind, options: Sequence[NewOption]) -> tuple[str, str, str] | None:
    """What is wrong with a question's options, as words in both languages and a code."""
    right = sum(option.correct for option in options)
    if not 2 <= len(options) <= MOST_OPTIONS or len({each.text for each in options}) < len(options):
        return "应有 2–8 个互不相同的选项", "2 to 8 different options", "options_wrong"
    if kind is QuestionKind.TRUE_FALSE and len(options) != 2:
        return "判断题只有两个选项", "a true/false question has two options", "options_wrong"
    if kind is QuestionKind.MULTIPLE:
        return None if right else ("至少有一个正确选项", "at least one is right", "key_wrong")
    return None if right == 1 else ("应恰有一个正确选项", "exactly one is right", "key_wrong")


def drawn(pool: Sequence[UUID], count: int, generator: Random) -> list[UUID]:
    """So many different ones, in an order of their own."""
    return generator.sample(pool, count)


def shuffled(options: Sequence[Mapping[str, Any]], generator: Random) -> list[str]:
    """The ids in an order of their own."""
    return generator.sample([option["id"] for option in options], len(options))


def checked_answer(
    question_id: str, kind: QuestionKind, options: Collection[str], chosen: Collection[str]
) -> list[str]:
    """What was chosen, ascending and once each. Raises `InputInvalid`."""
    if not set(chosen) <= set(options):
        zh, en = "没有这个选项", "no such option"
        raise invalid(f"answers/{question_id}", zh, en, "option_unknown")
    if kind is not QuestionKind.MULTIPLE and len(set(chosen)) > 1:
        zh, en = "只能选一项", "one option alone"
        raise invalid(f"answers/{question_id}", zh, en, "too_many_options")
    return sorted(set(chosen))


def unknown_question(question_id: str) -> InputInvalid:
    zh, en = "这次答题没有这道题", "this attempt has no such question"
    return invalid(f"answers/{question_id}", zh, en, "question_unknown")


def is_right(chosen: Sequence[str], key: Sequence[str]) -> bool:
    """All of the right ones and no other; half is nothing."""
    return sorted(chosen) == sorted(key)
