"""Attempts as the contract has them, in plain Python: what each act is answered."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIMIT, GRACE = timedelta(seconds=600), timedelta(seconds=30)
DONE = "done"


@dataclass
class Attempt:
    """`right`: the questions whose saved answer is right."""

    id: str
    who: int
    began: datetime
    answers: dict[str, dict[bool, list[str]]]
    right: set[str] = field(default_factory=set)
    score: int | None = None

    def state(self, now: datetime) -> str:
        if self.score is not None:
            return "finished"
        if now < self.began + LIMIT:
            return "in_progress"
        return "overdue" if now < self.began + LIMIT + GRACE else "abandoned"


@dataclass
class Model:
    """`cap` attempts a person; persons by account."""

    cap: int
    persons: tuple[int, ...]
    is_open: bool = True
    attempts: list[Attempt] = field(default_factory=list)

    def start(self, who: int, now: datetime) -> str:
        if not self.is_open:
            return "not_open"
        person = self.persons[who]
        mine = [each for each in self.attempts if self.persons[each.who] == person]
        if len(mine) >= self.cap:
            return "attempts_used"
        under_way = any(each.state(now) in {"in_progress", "overdue"} for each in mine)
        return "state_conflict" if under_way else DONE

    def save(self, attempt: Attempt, question: str, is_right: bool, now: datetime) -> str:
        match attempt.state(now):
            case "in_progress":
                self._choose(attempt, question, is_right)
                return DONE
            case "finished":
                return "state_conflict"
        return "deadline_passed"

    def submit(self, attempt: Attempt, question: str | None, is_right: bool, now: datetime) -> str:
        state = attempt.state(now)
        if state == "abandoned":
            return "deadline_passed"
        if state != "finished":
            if question is not None:
                self._choose(attempt, question, is_right)
            attempt.score = len(attempt.right)
        return DONE

    @staticmethod
    def _choose(attempt: Attempt, question: str, is_right: bool) -> None:
        attempt.right.discard(question)
        if is_right:
            attempt.right.add(question)
