"""Couplets played at random against a plain model, with moved time: every answer is the contract's,
and both pools are the paper at every step.

Reserve, cancel, wait, leave, offer, accept, expire, collect, revert, walk-in, release, workers and
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
from app.shared.identity.callers import Member
from tests.coupletting import HOUR, Couplets, Event, told
from tests.packs.couplets.books import assert_couplets_are_right
from tests.stateful.couplets_model import DONE, Model
from tests.stateful.play import FITTING, assert_heard, bound, ground, profile

T = TypeVar("T")

EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "7")), 30
SEED = 4
PEOPLE, RESERVED, WALK_IN = 5, 2, 1
WHO = st.sampled_from(range(PEOPLE))
ACTS = st.sampled_from(
    [
        *["reserve"] * 2,
        *["cancel"] * 4,
        *["wait"] * 6,
        "leave",
        *["accept"] * 4,
        *["collect"] * 2,
        *["reverse"] * 2,
        *["walk_in"] * 2,
        *["time"] * 2,
        "work",
    ]
)
# Hours that a step may take; a day after its beginning the event's window closes.
PASSING_H = st.sampled_from([0.3, 0.6, 0.6, 1, 1, 1, 2, 2, 3, 25])


class Machine(RuleBasedStateMachine):
    """One event, and everybody in it. `runner`, `couplets` and `heard` are the service's."""

    runner: asyncio.Runner
    couplets: Couplets
    heard: Tally[str]
    offers_again = False

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    @property
    def now(self) -> datetime:
        return self.couplets.make.rooms.clock.now()

    @initialize()
    def announce(self) -> None:
        self.do(self._announce())

    async def _announce(self) -> None:
        couplets, now = self.couplets, self.now
        site = {"opens_at": now.isoformat(), "closes_at": (now + 30 * HOUR).isoformat()}
        plan = couplets.plan(reserved=RESERVED, walk_in=WALK_IN)
        self.event: Event = await couplets.event(
            reserved=RESERVED,
            walk_in=WALK_IN,
            reserve_closes_at=(now + 24 * HOUR).isoformat(),
            sites=[{**each, **site} for each in plan["sites"]],
            offer_valid_min=60,
        )
        self.people: list[Member] = await couplets.make.members(PEOPLE)
        self.model = Model(
            closes_at=now + 24 * HOUR,
            release_at=now + 30 * HOUR - timedelta(minutes=30),
            reserved=RESERVED,
            walk_in=WALK_IN,
            offers_again=self.offers_again,
        )
        # By member: the reservation, its one-time code, its hand-out, and the last offer.
        self.ids: dict[int, str] = {}
        self.codes: dict[int, str] = {}
        self.pickups: dict[int, str] = {}
        # All pairs are reserved to begin with, or nobody would wait for long.
        for who in range(RESERVED):
            await self._ask("reserve", who)

    @rule(act=ACTS, who=WHO, fits=FITTING, hours=PASSING_H)
    def step(self, act: str, who: int, fits: bool, hours: float) -> None:
        self.do(self._step(act, who, fits, hours))

    async def _step(self, act: str, who: int, fits: bool, hours: float) -> None:
        model, couplets = self.model, self.couplets
        match act:
            case "time":
                await couplets.later(timedelta(hours=hours))
            case "work":
                await couplets.work_off()
                model.work(self.now)
            case "reserve" | "wait":
                await self._ask(act, who)
            case "leave":
                waiting = [*model.queue, *model.offers]
                who = waiting[who % len(waiting)] if fits and waiting else who
                answer = await couplets.leave(self.people[who], self.event)
                self._compare(act, answer, model.leave(who, self.now))
            case "accept":
                await self._accept(who, in_time=fits)
            case "walk_in":
                answer = await couplets.walk_in(self.event)
                self._compare(act, answer, model.at_the_door(self.now))
            case _:
                await self._of_reservation(act, who, fits)
        left = await couplets.left(self.event)
        expected = (model.free, model.walk_in - model.handed_out)
        assert left == expected, f"{act}: {left} instead of {expected}"

    async def _ask(self, act: str, who: int) -> None:
        member = self.people[who]
        if act == "wait":
            answer = await self.couplets.wait(member, self.event)
            self._compare(act, answer, self.model.wait(who, self.now))
            return
        answer = await self.couplets.reserve(member, self.event)
        self._compare(act, answer, self.model.reserve(who, self.now))
        if answer.is_success:
            await self._hold(who, answer.json()["id"])

    async def _hold(self, who: int, reservation_id: str) -> None:
        self.ids[who] = reservation_id
        issued = await self.couplets.of_reservation(self.people[who], reservation_id, "proxy")
        self.codes[who] = issued.json()["proxy_code"]

    async def _accept(self, who: int, *, in_time: bool) -> None:
        if not self.model.offers:
            return
        if not in_time:
            await self.couplets.later(HOUR)
        offered = sorted(self.model.offers)
        who = offered[who % len(offered)]
        listed = await self.couplets.look(self.event, "/waitlist")
        number = self.people[who].member_no
        entry = [each for each in listed["items"] if each["member_no"] == number][-1]
        offer_id = await self.couplets.offer_of(entry["id"])
        answer = await self.couplets.accept(self.people[who], offer_id)
        self._compare("accept", answer, self.model.accept(who, self.now))
        if answer.is_success:
            await self._hold(who, offer_id)

    async def _of_reservation(self, act: str, who: int, fits: bool) -> None:
        wanted = {"cancel": "reserved", "collect": "reserved", "reverse": "collected"}[act]
        fitting = [each for each, state in self.model.state.items() if state == wanted]
        who = fitting[who % len(fitting)] if fits and fitting else who
        if who not in (self.pickups if act == "reverse" else self.ids):
            return
        couplets = self.couplets
        if act == "cancel":
            answer = await couplets.cancel(self.people[who], self.ids[who])
            self._compare(act, answer, self.model.cancel(who, self.now))
        elif act == "reverse":
            answer = await couplets.reverse(self.pickups[who])
            self._compare(act, answer, self.model.reverse(who, self.now))
            if answer.is_success and answer.json()["reservation_state"] == "reserved":
                await self._hold(who, self.ids[who])
        elif self.model.state[who] != "cancelled":
            self.model.settle_event(self.now)
            answer = await couplets.pick_up(self.event, proxy_code=self.codes[who])
            self._compare(act, answer, self.model.collect(who, self.now))
            if answer.is_success:
                self.pickups[who] = answer.json()["id"]

    def _compare(self, act: str, answer: httpx.Response, expected: str) -> None:
        got = told(answer)[1] or DONE
        assert got == expected, f"{act}: {got} instead of {expected}"
        self.heard[f"{act}: {got}"] += 1

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.do(self._check())

    async def _check(self) -> None:
        await assert_couplets_are_right(self.couplets.make.rooms)
        for who, reservation_id in self.ids.items():
            expected = self.model.state[who]
            is_over = expected == "reserved" and self.now >= self.model.release_at
            state = await self.couplets.state(self.people[who], reservation_id)
            assert state == ("no_show" if is_over else expected)


@contextlib.contextmanager
def played(config: Settings, provider: IdentityProvider) -> Iterator[type[Machine]]:
    """The machine on a service of its own, with what it was told over all runs."""
    with ground(config, provider) as where:
        yield bound(Machine, where, SEED, couplets=Couplets(where.client, where.make))


# So that the play cannot become hollow: each of these must have been heard.
EXPECTED = """
    reserve: done, reserve: already_reserved, reserve: sold_out, reserve: not_open,
    cancel: done, wait: done, wait: already_reserved, wait: already_waiting,
    wait: not_offered_again, leave: done, leave: state_conflict, accept: done,
    accept: offer_expired, collect: done, reverse: done, walk_in: done, walk_in: sold_out
"""


def test_whatever_happens_every_answer_is_the_contracts_and_no_pair_is_lost(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS))
        heard = machine.heard
    assert_heard(heard, EXPECTED)


def test_the_control_offers_again_to_who_cancelled_and_is_found_out(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        machine.offers_again = True
        with pytest.raises(AssertionError, match="instead of"):
            run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS, Phase.generate))
