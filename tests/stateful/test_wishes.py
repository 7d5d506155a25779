"""Wishes played at random against a plain model, with moved time: every answer is the contract's.

Posting, reviews, claims, starts, releases, submissions, confirmations, withdrawals, workers and
clocks, over HTTP on real servers. `STATEFUL_EXAMPLES=500` plays longer.
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
from tests.packs.wishes.books import assert_wishes_are_right
from tests.stateful.play import FITTING, assert_heard, bound, ground, profile
from tests.stateful.wish_model import DONE, Claim, Model, Wish
from tests.wishing import STAFF, Wishing, told

T = TypeVar("T")

EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "8")), 40
SEED = 1
PEOPLE = 4
WHO, PLACES = st.sampled_from(range(PEOPLE)), st.sampled_from(range(17))
ACTS = st.sampled_from(
    [
        *["post"] * 2,
        *["approve"] * 2,
        "reject",
        *["claim"] * 5,
        *["start"] * 3,
        *["submission"] * 2,
        *["release"] * 2,
        *["confirm"] * 2,
        "deny",
        "staff confirm",
        "withdraw",
        *["time"] * 3,
        "work",
    ]
)
# Mostly little time passes, or everything would lapse before anybody has started.
NEEDED_H, PASSING_H = (24, 72, 168), (1, 1, 2, 2, 5, 24, 24, 72, 168)


class Machine(RuleBasedStateMachine):
    """One campaign a run. Steps name wishes by their place, counted round."""

    runner: asyncio.Runner
    wishing: Wishing
    heard: "Tally[str]"
    # The control changes what the model believes.
    open_wishes = 2

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def now(self) -> datetime:
        return self.wishing.make.rooms.clock.now()

    @initialize()
    def begin(self) -> None:
        self.model = Model(self.open_wishes)
        self.people, self.staff = self.do(self._people())
        for who in range(PEOPLE):
            self.post(who, hours=168)
        for wish in self.model.wishes:
            self.review_one(wish, "approve")

    async def _people(self) -> tuple[list[Any], dict[str, str]]:
        make = self.wishing.make
        await make.campaign()
        return [await make.member() for _ in range(PEOPLE)], await self.wishing.reviewer()

    def hear(self, act: str, answer: httpx.Response, expected: str) -> bool:
        """What the service said is what the contract says; whether it was done."""
        _, code = told(answer)
        assert (code or DONE) == expected, f"{act}: {code or DONE} instead of {expected}"
        self.heard[f"{act}: {expected}"] += 1
        return code is None

    def any_wish(self, place: int, *states: str) -> Wish:
        """One that is in one of these states, if there is any."""
        known = self.model.wishes
        fitting = [wish for wish in known if wish.settle(self.now) in states] or known
        return fitting[place % len(fitting)]

    def post(self, who: int, hours: int) -> None:
        needed_by = self.now + timedelta(hours=hours)
        expected = self.model.post(who, self.now)
        answer = self.do(self.wishing.post(self.people[who], needed_by=needed_by.isoformat()))
        if self.hear("post", answer, expected):
            self.model.wishes.append(Wish(answer.json()["id"], who, needed_by))

    def review_one(self, wish: Wish, decision: str) -> None:
        expected = self.model.review(wish, decision, self.now)
        answer = self.do(self.wishing.review(wish.id, headers=self.staff, decision=decision))
        self.hear(decision, answer, expected)

    def claim(self, place: int, who: int, fits: bool) -> None:
        wish = self.any_wish(place, *(["open"] if fits else []))
        expected = self.model.claim(wish, who, self.now)
        answer = self.do(self.wishing.claim(self.people[who], wish.id))
        if self.hear("claim", answer, expected):
            until = datetime.fromisoformat(answer.json()["start_before"])
            assert until <= wish.needed_by
            wish.claims.append(Claim(answer.json()["id"], who, until))

    def go_on(self, place: int, act: str, fits: bool) -> None:
        state = "in_progress" if act == "submission" else "claimed"
        claimed = [wish for wish in self.model.wishes if wish.claims]
        if not claimed:
            return
        fitting = [wish for wish in claimed if fits and wish.settle(self.now) == state] or claimed
        wish = fitting[place % len(fitting)]
        claim = wish.claims[-1]
        expected = self.model.go_on(wish, act, self.now)
        answer = self.do(self.wishing.act(self.people[claim.who], wish.id, claim.id, act))
        self.hear(act, answer, expected)

    def confirm(self, place: int, done: bool, fits: bool) -> None:
        wish = self.any_wish(place, *(["submitted"] if fits else []))
        expected = self.model.confirm(wish, done=done, by_staff=False, now=self.now)
        answer = self.do(self.wishing.confirm(self.people[wish.wisher], wish.id, done=done))
        self.hear("confirm", answer, expected)

    def answer_for_the_wisher(self, place: int) -> None:
        wish = self.any_wish(place, "submitted")
        expected = self.model.confirm(wish, done=True, by_staff=True, now=self.now)
        answer = self.do(
            self.wishing.client.post(
                f"{STAFF}/{wish.id}/confirmation",
                headers=self.staff,
                json={"done": True, "reason": "回访"},
            )
        )
        self.hear("staff confirm", answer, expected)

    def withdraw(self, place: int) -> None:
        wish = self.any_wish(place)
        expected = self.model.withdraw(wish, self.now)
        answer = self.do(self.wishing.withdraw(self.people[wish.wisher], wish.id))
        self.hear("withdraw", answer, expected)

    def let_time_pass(self, hours: int) -> None:
        self.do(self.wishing.later(timedelta(hours=hours)))

    def workers_work(self) -> None:
        """What they write down is what was so already."""
        self.do(self.wishing.work_off())

    @rule(act=ACTS, place=PLACES, who=WHO, fits=FITTING)
    def step(self, act: str, place: int, who: int, fits: bool) -> None:
        """One rule for all acts: each comes as often as it stands in the list."""
        match act:
            case "post":
                self.post(who, NEEDED_H[place % len(NEEDED_H)])
            case "approve" | "reject":
                self.review_one(self.any_wish(place, "pending_review"), act)
            case "claim":
                self.claim(place, who, fits)
            case "start" | "submission" | "release":
                self.go_on(place, act, fits)
            case "confirm" | "deny":
                self.confirm(place, act == "confirm", fits)
            case "staff confirm":
                self.answer_for_the_wisher(place)
            case "withdraw":
                self.withdraw(place)
            case "time":
                self.let_time_pass(PASSING_H[place % len(PASSING_H)])
            case _:
                self.workers_work()

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.do(self._check())

    async def _check(self) -> None:
        await assert_wishes_are_right(self.wishing.make.rooms)
        listed = await self.wishing.client.get(STAFF, headers=self.staff, params={"limit": 200})
        states = {each["id"]: each["state"] for each in listed.json()["items"]}
        for wish in self.model.wishes:
            assert states[wish.id] == wish.settle(self.now)
        await self.wishing.later(timedelta(seconds=6))
        figures = (await self.wishing.client.get("/v1/public/wishes/figures")).json()
        done = sum(wish.decided == "fulfilled" for wish in self.model.wishes)
        before = self.heard["figures: received"], self.heard["figures: fulfilled"]
        self.heard["figures: received"] = figures["received"]
        self.heard["figures: fulfilled"] = figures["fulfilled"]
        assert figures["received"] - before[0] == len(self.model.wishes)
        assert figures["fulfilled"] - before[1] == done


@contextlib.contextmanager
def played(config: Settings, provider: IdentityProvider) -> Iterator[type[Machine]]:
    """The machine on a service of its own, with what it was told over all runs."""
    with ground(config, provider) as where:
        yield bound(Machine, where, SEED, wishing=Wishing(where.client, where.make))


# So that the play cannot become hollow: each of these must have been heard.
EXPECTED = """
    post: done, post: limit_reached, approve: done, approve: state_conflict, reject: done,
    claim: done, claim: already_claimed, claim: own_wish, claim: claim_cooldown,
    claim: state_conflict, start: done, start: claim_expired, start: state_conflict,
    release: done, submission: done, confirm: done, confirm: state_conflict,
    staff confirm: state_conflict, withdraw: done
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
        machine.open_wishes = 3
        with pytest.raises(AssertionError, match="post: limit_reached instead of done"):
            run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS, Phase.generate))
