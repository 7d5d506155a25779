"""Appointments played at random against a plain model, with moved time: every answer is the
contract's, and which slots are free is the model's at every step.

Book, any expert, consent, confirm, lapse, move, cancel, check in, fulfil, miss, correct, workers
and clocks, over HTTP on real servers. `STATEFUL_EXAMPLES=500` plays longer.
"""

import asyncio
import contextlib
import os
from collections import Counter as Tally
from collections.abc import Coroutine, Iterator
from datetime import datetime
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.embedded.identity_provider import IdentityProvider
from app.platform.settings import Settings
from app.shared.identity.callers import Member
from tests.appointing import MINUTE, Appointing, assert_health_is_right, told
from tests.factories import auth
from tests.stateful.appointment_model import DONE, Model, Slot
from tests.stateful.play import FITTING, assert_heard, bound, ground, profile

T = TypeVar("T")

EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "14")), 30
SEED = 1
PEOPLE, EXPERTS, SLOTS = 3, 2, 3
WHO, NUMBER = st.sampled_from(range(PEOPLE)), st.integers(0, 99)
SLOT = st.tuples(st.sampled_from(range(EXPERTS)), st.sampled_from(range(SLOTS)))
ACTS = st.sampled_from(
    [
        *["book"] * 5,
        *["any"] * 3,
        *["confirm"] * 3,
        *["move"] * 4,
        *["cancel"] * 2,
        *["consent"] * 2,
        *["check-in"] * 3,
        *["fulfilment"] * 2,
        "correction",
        *["time"] * 3,
        "work",
    ]
)
PASSING_MIN = (5, 10, 15, 30, 30, 60)
FITS = {
    "confirm": {"pending"},
    "move": {"booked"},
    "cancel": {"booked", "pending"},
    "check-in": {"booked"},
    "fulfilment": {"checked_in", "no_show"},
    "correction": {"booked", "fulfilled", "no_show"},
}
# What staff do, by the word of its path.
STAFF_ACTS = {"check-in": "check_in", "fulfilment": "fulfil", "correction": "correct"}


class Machine(RuleBasedStateMachine):
    """Two experts and everybody who wants them. `runner`, `appointing` and `heard` are the
    service's."""

    runner: asyncio.Runner
    appointing: Appointing
    heard: Tally[str]
    touching_overlaps = False

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    @property
    def now(self) -> datetime:
        return self.appointing.now

    @initialize()
    def plan(self) -> None:
        self.do(self._plan())

    async def _plan(self) -> None:
        appointing = self.appointing
        await self._nobody_else_advises()
        experts = [await appointing.planned(slots=SLOTS) for _ in range(EXPERTS)]
        listed = [await appointing.slots(each) for each in experts]
        self.slot_ids: dict[Slot, str] = {
            (expert, place): slot["id"]
            for expert, slots in enumerate(listed)
            for place, slot in enumerate(slots)
        }
        self.slot_of = {slot_id: slot for slot, slot_id in self.slot_ids.items()}
        begins = listed[0][0]["starts_at"]
        await appointing.until(begins, before=70 * MINUTE)
        self.people: list[Member] = await appointing.make.members(PEOPLE)
        self.model = Model(
            begins_at=datetime.fromisoformat(begins),
            experts=EXPERTS,
            slots=SLOTS,
            touching_overlaps=self.touching_overlaps,
        )
        # In the order in which the model keeps them.
        self.ids: list[str] = []
        for who in range(PEOPLE - 1):
            await self._consent(who)

    async def _nobody_else_advises(self) -> None:
        """Experts of the examples before."""
        headers = await self.appointing.as_staff()
        listed = await self.appointing.client.get("/v1/admin/health/experts", headers=headers)
        for expert in listed.json()["items"]:
            if expert["is_active"]:
                await self.appointing.client.patch(
                    f"/v1/admin/health/experts/{expert['id']}",
                    headers=headers,
                    json={"version": expert["version"], "is_active": False},
                )

    @rule(act=ACTS, who=WHO, slot=SLOT, number=NUMBER, fits=FITTING)
    def step(self, act: str, who: int, slot: Slot, number: int, fits: bool) -> None:
        self.do(self._step(act, who, slot, number, fits))

    async def _step(self, act: str, who: int, slot: Slot, number: int, fits: bool) -> None:
        match act:
            case "time":
                await self.appointing.later(PASSING_MIN[number % len(PASSING_MIN)] * MINUTE)
            case "work":
                await self.appointing.work_off()
            case "consent":
                await self._consent(self._reader(who) if fits else who)
            case "book":
                await self._book(act, who, self.slot_ids[slot], [slot])
            case "any":
                starts_at = self.model.starts_at(slot).isoformat()
                wanted = {"topic": "general", "starts_at": starts_at}
                either = [(expert, slot[1]) for expert in range(EXPERTS)]
                await self._book(act, who, wanted, either)
            case _ if self.ids:
                await self._of_appointment(act, self._which(act, number, fits), slot)
        await self._compare_slots(act)

    def _reader(self, who: int) -> int:
        """Somebody who reads it just now, if anybody does."""
        held = [one.who for one in self.model.kept if self.model.read(one, self.now) == "pending"]
        return next((each for each in held if each not in self.model.consents), who)

    def _which(self, act: str, number: int, fits: bool) -> int:
        """The place of an appointment in the order in which they are kept."""
        kept, now = self.model.kept, self.now
        fitting = [
            place for place, one in enumerate(kept) if self.model.read(one, now) in FITS[act]
        ]
        places = fitting if fits and fitting else range(len(kept))
        return places[number % len(places)]

    async def _consent(self, who: int) -> None:
        given = who not in self.model.consents
        await self.appointing.consent(self.people[who], given=given)
        self.model.consents ^= {who}

    async def _book(self, act: str, who: int, wanted: Any, slots: list[Slot]) -> None:
        expected = self.model.book(who, slots, self.now)
        answer = await self.appointing.book(self.people[who], wanted)
        self._compare(act, answer, expected)
        if answer.is_success:
            made = answer.json()
            until = made["hold_until"] and datetime.fromisoformat(made["hold_until"])
            self.model.keep(who, self.slot_of[made["slot_id"]], until)
            self.ids.append(made["id"])

    async def _of_appointment(self, act: str, place: int, slot: Slot) -> None:
        one, found, now = self.model.kept[place], self.ids[place], self.now
        member = self.people[one.who]
        if act in STAFF_ACTS:
            answer = await self.appointing.deal_with(found, act)
            expected = getattr(self.model, STAFF_ACTS[act])(one, now)
        elif act == "move":
            answer = await self.appointing.move(member, found, self.slot_ids[slot])
            expected = self.model.move(one, slot, now)
        else:
            path = {"confirm": "confirmation", "cancel": "cancellation"}[act]
            answer = await self.appointing.act(member, found, path)
            expected = getattr(self.model, act)(one, now)
        self._compare(act, answer, expected)

    def _compare(self, act: str, answer: httpx.Response, expected: str) -> None:
        got = told(answer)[1] or DONE
        assert got == expected, f"{act}: {got} instead of {expected}"
        self.heard[f"{act}: {got}"] += 1

    async def _compare_slots(self, act: str) -> None:
        reader = auth(self.appointing.make.token(self.people[0]))
        listed = await self.appointing.client.get(
            "/v1/health/slots", params={"topic": "general"}, headers=reader
        )
        free = {self.slot_of[each["id"]]: each["is_free"] for each in listed.json()["items"]}
        now = self.now
        expected = {
            slot: self.model.is_free(slot, now)
            for slot in self.slot_ids
            if self.model.starts_at(slot) > now
        }
        assert free == expected, f"{act}: {free} instead of {expected}"

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.do(self._check())

    async def _check(self) -> None:
        await assert_health_is_right(self.appointing.make.rooms)
        for one, found in zip(self.model.kept, self.ids, strict=True):
            state = await self.appointing.state(self.people[one.who], found)
            assert state == self.model.read(one, self.now)


@contextlib.contextmanager
def played(config: Settings, provider: IdentityProvider) -> Iterator[type[Machine]]:
    """The machine on a service of its own, with what it was told over all runs."""
    with ground(config, provider) as where:
        yield bound(Machine, where, SEED, appointing=Appointing(where.client, where.make))


# So that the play cannot become hollow: each of these must have been heard.
EXPECTED = """
    book: done, book: slot_taken, book: overlapping, book: deadline_passed, any: done,
    any: slot_taken, any: overlapping, confirm: done, confirm: consent_required,
    confirm: state_conflict, move: done, move: slot_taken, move: consent_required,
    move: state_conflict, cancel: done, cancel: state_conflict, check-in: done,
    check-in: not_open, check-in: state_conflict, fulfilment: done, fulfilment: state_conflict,
    correction: done
"""


def test_whatever_happens_every_answer_is_the_contracts_and_no_slot_is_lost_or_booked_twice(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS))
        heard = machine.heard
    assert_heard(heard, EXPECTED)


def test_the_control_believes_that_touching_is_overlapping_and_is_found_out(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        machine.touching_overlaps = True
        with pytest.raises(AssertionError, match="instead of"):
            run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS, Phase.generate))
