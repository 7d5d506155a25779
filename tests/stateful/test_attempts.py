"""Attempts played at random against a plain model, with moved time: every answer is the
contract's, and no answer before the end holds a key.

Over HTTP on real servers. `STATEFUL_EXAMPLES=500` plays longer.
"""

import asyncio
import contextlib
import os
from collections import Counter as Tally
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from app.embedded.identity_provider import IdentityProvider
from app.platform.settings import Settings
from tests.quizzing import RIGHT, Quizzing, told
from tests.stateful.attempt_model import DONE, Attempt, Model
from tests.stateful.play import assert_heard, bound, ground, profile

T = TypeVar("T")

EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "8")), 25
SEED = 2
# Two accounts of one person, and somebody else.
PERSONS = (0, 0, 1)
WHO, PLACES = st.sampled_from(range(len(PERSONS))), st.sampled_from(range(7))
FLAGS, PASSING_S = st.booleans(), st.sampled_from([1, 60, 300, 570, 600, 615, 630])
ACTS = st.sampled_from(
    [*["start"] * 4, *["save"] * 3, *["submit"] * 3, *["time"] * 3, "work", "door"]
)
CAP = 3


class Machine(RuleBasedStateMachine):
    """One quiz of four questions a run."""

    runner: asyncio.Runner
    quizzing: Quizzing
    heard: "Tally[str]"
    # The control believes in another cap.
    cap = CAP

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def now(self) -> datetime:
        return self.quizzing.make.rooms.clock.now()

    @initialize()
    def begin(self) -> None:
        self.model = Model(self.cap, PERSONS)
        make = self.quizzing.make
        one = self.do(make.member())
        again = self.do(make.member(person_id=one.person_id))
        self.people = [one, again, self.do(make.member())]
        wishes = {"attempts_per_person": CAP, "question_count": 4}
        self.quiz_id = self.do(self.quizzing.opened(4, **wishes))

    def hear(self, act: str, answer: httpx.Response, expected: str) -> bool:
        _, code = told(answer)
        assert (code or DONE) == expected, f"{act}: {code or DONE} instead of {expected}"
        self.heard[f"{act}: {expected}"] += 1
        return code is None

    @rule(act=ACTS, who=WHO, place=PLACES, flag=FLAGS, fits=FLAGS, passing_s=PASSING_S)
    def step(self, act: str, who: int, place: int, flag: bool, fits: bool, passing_s: int) -> None:
        if act == "start":
            self.start(who)
        elif act == "time":
            self.do(self.quizzing.later(timedelta(seconds=passing_s)))
        elif act == "work":
            self.do(self.quizzing.work_off())
        elif act == "door":
            self.turn(is_open=flag)
        elif self.model.attempts:
            self.answer(act, self.any_attempt(place, fits), place, flag)

    def any_attempt(self, place: int, fits: bool) -> Attempt:
        known = self.model.attempts
        live = [each for each in known if each.state(self.now) == "in_progress"]
        fitting = live if fits and live else known
        return fitting[place % len(fitting)]

    def start(self, who: int) -> None:
        expected, began = self.model.start(who, self.now), self.now
        answer = self.do(self.quizzing.start(self.people[who], self.quiz_id))
        if self.hear("start", answer, expected):
            begun = answer.json()
            self.hold_back(answer)
            began = datetime.fromisoformat(begun["started_at"])
            self.model.attempts.append(Attempt(begun["id"], who, began, _choices(begun)))

    def answer(self, act: str, attempt: Attempt, place: int, is_right: bool) -> None:
        question = list(attempt.answers)[place % len(attempt.answers)]
        chosen = {question: attempt.answers[question][is_right]}
        who = self.people[attempt.who]
        if act == "save":
            expected = self.model.save(attempt, question, is_right, self.now)
            answer = self.do(self.quizzing.save(who, attempt.id, chosen))
            if self.hear("save", answer, expected):
                self.hold_back(answer)
        else:
            was = attempt.score
            expected = self.model.submit(attempt, question, is_right, self.now)
            answer = self.do(self.quizzing.submit(who, attempt.id, chosen, score=4))
            if self.hear("submit" if was is None else "again", answer, expected):
                assert answer.json()["score"] == attempt.score
        self.look(attempt)

    def look(self, attempt: Attempt) -> None:
        seen = self.do(self.quizzing.see(self.people[attempt.who], attempt.id))
        assert seen.json()["state"] == attempt.state(self.now)
        if attempt.score is None:
            self.hold_back(seen)

    def turn(self, *, is_open: bool) -> None:
        if is_open != self.model.is_open:
            self.do(self.quizzing.of_quiz(self.quiz_id, "open" if is_open else "close"))
            self.model.is_open = is_open

    def hold_back(self, answer: httpx.Response) -> None:
        for kept in ('"key"', "解释", '"is_right"', '"score"'):
            assert kept not in answer.text

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.do(self.quizzing.assert_right())


def _choices(begun: dict[str, Any]) -> dict[str, dict[bool, list[str]]]:
    """What is right of each question, and what is not."""
    choices = {}
    for asked in begun["questions"]:
        right = [each["id"] for each in asked["options"] if each["text"].startswith(RIGHT)]
        wrong = [each["id"] for each in asked["options"] if each["id"] not in right]
        choices[asked["id"]] = {True: right, False: wrong[:1]}
    return choices


@contextlib.contextmanager
def played(config: Settings, provider: IdentityProvider) -> Iterator[type[Machine]]:
    """The machine on a service of its own, with what it was told over all runs."""
    with ground(config, provider) as where:
        yield bound(Machine, where, SEED, quizzing=Quizzing(where.client, where.make))


# So that the play cannot become hollow: each of these must have been heard.
EXPECTED = """
    start: done, start: attempts_used, start: state_conflict, start: not_open, save: done,
    save: deadline_passed, save: state_conflict, submit: done, submit: deadline_passed, again: done
"""


def test_whatever_happens_every_answer_is_the_contracts(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS))
        heard = machine.heard
    assert_heard(heard, EXPECTED)


def test_the_control_believes_in_another_cap_and_is_found_out(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        machine.cap = CAP - 1
        with pytest.raises(AssertionError, match="instead of attempts_used"):
            run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS, Phase.generate))
