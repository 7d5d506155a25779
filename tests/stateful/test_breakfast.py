"""Breakfast played at random against a plain model: every answer is the contract's.

Claims, returns, redemptions, reversals, uploads, disputes, pauses, budgets, suspended
stores, moved clocks and wiped turnstiles, on real servers. `STATEFUL_EXAMPLES=2000`
plays longer.
"""

import asyncio
import contextlib
import os
from collections import Counter as Tally
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import hypothesis
import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from tests.conftest import empty
from tests.factories import Factory
from tests.stateful import model as plain
from tests.stateful.play import profile
from tests.stateful.world import World
from tests.verify import assert_books_are_right

T = TypeVar("T")

# The play is the same wherever a line of it moves to (tests/stateful/play.py).
SEED = 1
EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "25")), 50
ACCOUNTS, BATCHES, TILLS, NUMBERS, KEYS = 5, 3, 3, 6, 4
# Drawn evenly: `integers` would come back to the first of everything.
PLACES, BATCH, TILL = (st.sampled_from(range(number)) for number in (31, BATCHES, TILLS))
WHO = st.sampled_from(range(ACCOUNTS))
# What would leave little to play with, if it happened as often as the rest.
SELDOM = st.sampled_from([False, False, False, True])
HOURS = st.sampled_from([1, 5, 24, 30, 48])


class Machine(RuleBasedStateMachine):
    """One campaign a run. Steps name things by their place, counted round."""

    runner: asyncio.Runner
    make: Factory
    told: Tally[str]
    # The control changes what the model believes.
    per_day = 1

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.world = self.do(World.open(self.make))
        self.model, self.batches, self.accounts = self.world.plan(self.per_day)
        self.vouchers: list[plain.Voucher] = []
        self.passes: list[tuple[plain.Voucher, str, datetime]] = []
        for batch in range(BATCHES):
            self.claim(batch, who=batch + 1, key=0)

    def heard(self, act: str, answer: str, expected: set[str] | str) -> None:
        """What the service said is what the contract says."""
        allowed = {expected} if isinstance(expected, str) else expected
        assert answer in allowed, f"{act}: {answer} instead of {' or '.join(sorted(allowed))}"
        self.told[f"{act}: {answer}"] += 1

    def any_voucher(self, place: int) -> plain.Voucher:
        return self.vouchers[place % len(self.vouchers)]

    def any_redemption(self, place: int) -> tuple[int, str, plain.Redemption]:
        """A till of its store, its number, and itself."""
        known = list(self.model.redemptions.items())
        (store, number), redemption = known[place % len(known)]
        tills = [till for till in range(TILLS) if self.world.names(till)[0] == store]
        return tills[place % len(tills)], number, redemption

    @rule(batch=BATCH, who=WHO, key=PLACES)
    def claim(self, batch: int, who: int, key: int) -> None:
        where, account, name = self.batches[batch], self.accounts[who], f"key-{key % KEYS}"
        expected = self.model.claim(where, account, name, self.world.now)
        answer, row = self.do(self.world.claim(batch, who, name))
        self.heard("claim", answer, expected)
        if row is not None and answer == "granted":
            voucher = self.model.grant(where, account, name, row.issued_at)
            assert row.valid_until == voucher.valid_until
            self.world.rows[id(voucher)] = row
            self.vouchers.append(voucher)
        if row is not None and answer == "repeated":
            known = self.model.claims[id(where), account.name, name]
            assert row.id == self.world.rows[id(known)].id

    @rule(batch=BATCH, who=WHO, key=PLACES)
    def claim_twice_at_once(self, batch: int, who: int, key: int) -> None:
        """The same press twice, as after a lost answer: one voucher, told twice."""
        where, account, name = self.batches[batch], self.accounts[who], f"key-{key % KEYS}"
        expected = self.model.claim(where, account, name, self.world.now)
        first, second = self.do(self.world.claim_twice(batch, who, name))
        if expected != {"granted"}:
            self.heard("claim at once", first[0], expected)
            self.heard("claim at once", second[0], expected)
            return
        # In one flush both are the first; in two the second is a repeat.
        for answer, _ in (first, second):
            self.heard("claim at once", answer, {"granted", "repeated"})
        row = first[1]
        assert row is not None
        assert second[1] is not None
        assert row.id == second[1].id
        voucher = self.model.grant(where, account, name, row.issued_at)
        self.world.rows[id(voucher)] = row
        self.vouchers.append(voucher)

    @precondition(lambda self: self.vouchers)
    @rule(place=PLACES)
    def void(self, place: int) -> None:
        voucher = self.any_voucher(place)
        expected = self.model.void(voucher, self.world.now)
        self.heard("void", self.do(self.world.void(voucher)), expected)

    @precondition(lambda self: self.vouchers)
    @rule(place=PLACES, till=TILL, number=PLACES)
    def redeem(self, place: int, till: int, number: int) -> None:
        voucher, name = self.any_voucher(place), f"NUMBER-{number % NUMBERS}"
        store, device = self.world.names(till)
        expected = self.model.redeem(store, device, name, voucher, at=self.world.now)
        self.heard("redeem", self.do(self.world.redeem(till, name, voucher)), expected)

    @precondition(lambda self: self.vouchers)
    @rule(place=PLACES)
    def show(self, place: int) -> None:
        voucher = self.any_voucher(place)
        shown = self.do(self.world.show(voucher))
        is_good = voucher.state == "issued" and self.world.now < voucher.valid_until
        assert (shown is not None) == is_good
        if shown is not None:
            self.passes.append((voucher, *shown))

    @precondition(lambda self: self.passes)
    @rule(place=PLACES, till=TILL, number=PLACES)
    def scan(self, place: int, till: int, number: int) -> None:
        voucher, text, signed_at = self.passes[place % len(self.passes)]
        name, (store, device) = f"NUMBER-{number % NUMBERS}", self.world.names(till)
        expected = self.model.redeem(
            store, device, name, voucher, at=self.world.now, signed_at=signed_at
        )
        self.heard("scan", self.do(self.world.redeem(till, name, voucher, text)), expected)

    @precondition(lambda self: self.vouchers)
    @rule(
        scans=st.lists(st.tuples(PLACES, PLACES), min_size=1, max_size=5),
        till=TILL,
        ago=st.integers(0, 40),
        slow=st.integers(-30, 30),
    )
    def upload(self, scans: list[tuple[int, int]], till: int, ago: int, slow: int) -> None:
        """Scans of some hours ago, by a device whose clock is some hours wrong."""
        store, device = self.world.names(till)
        at = self.world.now - timedelta(hours=ago)
        items = [(f"NUMBER-{number % NUMBERS}", self.any_voucher(place)) for place, number in scans]
        expected = [
            self.model.redeem(store, device, name, voucher, at=at, offline=True)
            for name, voucher in items
        ]
        answers = self.do(
            self.world.upload(till, items, at=at, clock_is_slow_by=timedelta(hours=slow))
        )
        for answer, should in zip(answers, expected, strict=True):
            self.heard("upload", answer, should)

    @precondition(lambda self: self.model.redemptions)
    @rule(place=PLACES)
    def send_again(self, place: int) -> None:
        """A number that redeemed, for the voucher that it redeemed."""
        till, name, known = self.any_redemption(place)
        store, device = self.world.names(till)
        expected = self.model.redeem(store, device, name, known.voucher, at=self.world.now)
        self.heard("redeem", self.do(self.world.redeem(till, name, known.voucher)), expected)

    @precondition(lambda self: self.model.redemptions)
    @rule(place=PLACES)
    def reverse(self, place: int) -> None:
        till, name, _ = self.any_redemption(place)
        self.reverse_number(till, name)

    @rule(till=TILL, number=PLACES)
    def reverse_any(self, till: int, number: int) -> None:
        self.reverse_number(till, f"NUMBER-{number % NUMBERS}")

    def reverse_number(self, till: int, name: str) -> None:
        store, _ = self.world.names(till)
        expected = self.model.reverse(store, name, self.world.now)
        self.heard("reverse", self.do(self.world.reverse(till, name)), expected)

    @precondition(lambda self: self.model.redemptions)
    @rule(place=PLACES)
    def ask(self, place: int) -> None:
        till, name, known = self.any_redemption(place)
        self.heard("ask", self.do(self.world.ask(till, name)), known.state)

    @rule(till=TILL, number=PLACES)
    def ask_any(self, till: int, number: int) -> None:
        name, (store, _) = f"NUMBER-{number % NUMBERS}", self.world.names(till)
        known = self.model.redemptions.get((store, name))
        expected = known.state if known else "redemption_unknown"
        self.heard("ask", self.do(self.world.ask(till, name)), expected)

    @precondition(lambda self: self.model.disputes)
    @rule(place=PLACES, decision=st.sampled_from(["first_stands", "second_stands", "both_paid"]))
    def decide(self, place: int, decision: str) -> None:
        disputes = list(self.model.disputes.values())
        dispute = disputes[place % len(disputes)]
        expected = self.model.decide(dispute, decision)
        answer = self.do(self.world.decide(dispute, decision))
        self.heard("decide", answer, expected)

    @rule(batch=BATCH, act=st.sampled_from(["pause", "resume"]))
    def pause_or_resume(self, batch: int, act: str) -> None:
        self.move(batch, act)

    @rule(batch=BATCH, is_meant=SELDOM)
    def end(self, batch: int, is_meant: bool) -> None:
        if is_meant:
            self.move(batch, "end")

    def move(self, batch: int, act: str) -> None:
        expected = self.model.move(self.batches[batch], act)
        self.heard(act, self.do(self.world.move(batch, act)), expected)

    @rule(batch=BATCH, total=st.sampled_from(range(1, 7)))
    def change_total(self, batch: int, total: int) -> None:
        before = self.batches[batch].total
        expected = self.model.change_total(self.batches[batch], total)
        answer = self.do(self.world.change_total(batch, before, total))
        self.heard("budget", answer, expected)

    @rule(till=TILL, is_meant=SELDOM)
    def suspend(self, till: int, is_meant: bool) -> None:
        if is_meant:
            self.model.suspended.add(self.world.names(till)[0])
            self.do(self.world.suspend(till, is_suspended=True))

    @precondition(lambda self: self.model.suspended)
    @rule()
    def restore(self) -> None:
        for till in range(TILLS):
            self.do(self.world.suspend(till, is_suspended=False))
        self.model.suspended.clear()

    @rule(hours=HOURS)
    def let_time_pass(self, hours: int) -> None:
        self.do(self.make.move_clock(timedelta(hours=hours)))

    @rule()
    def wipe_the_turnstile(self) -> None:
        self.do(self.world.wipe())

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.do(self._check())

    async def _check(self) -> None:
        await assert_books_are_right(self.make.rooms)
        for voucher in self.vouchers:
            assert await self.world.state(voucher) == voucher.state


@contextlib.contextmanager
def played(config: Settings, provider: IdentityProvider) -> Iterator[type[Machine]]:
    """A machine on a service of its own, with what it was told over all runs."""
    with asyncio.Runner() as runner:
        runner.run(empty(config))
        opened = open_rooms(config)
        rooms: Rooms = runner.run(opened.__aenter__())
        try:

            class Bound(Machine):
                """This service's machine."""

            Bound.runner, Bound.make, Bound.told = runner, Factory(rooms, provider), Tally()
            yield hypothesis.seed(SEED)(Bound)
        finally:
            runner.run(opened.__aexit__(None, None, None))


# So that the play cannot become hollow: each of these must have been heard.
EXPECTED = """
    claim: granted, claim: repeated, claim: not_eligible, claim: batch_paused,
    claim: batch_ended, claim: limit_reached, claim: sold_out, void: voided,
    void: state_conflict, redeem: redeemed, redeem: repeated, redeem: redemption_no_reused,
    redeem: voucher_void, redeem: already_redeemed, redeem: store_not_in_batch,
    redeem: store_suspended, scan: redeemed, scan: pass_expired,
    upload: redeemed, upload: repeated, upload: disputed, upload: already_redeemed,
    upload: voucher_expired, reverse: reversed, reverse: redemption_unknown,
    reverse: already_reversed, reverse: reversal_window_over, ask: redeemed, ask: reversed,
    ask: redemption_unknown, decide: decided, decide: state_conflict, budget: changed,
    budget: below_issued, pause: moved, resume: moved, end: moved, pause: state_conflict
"""


def test_whatever_happens_every_answer_is_the_contracts(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS))
        told = machine.told
    missing = {each.strip() for each in EXPECTED.split(",")} - set(told)
    assert not missing
    assert sum(told.values()) > 25 * EXAMPLES


def test_the_control_a_model_that_allows_two_a_day_is_contradicted(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        machine.per_day = 2
        with pytest.raises(AssertionError, match=r"claim.*limit_reached instead of"):
            run_state_machine_as_test(machine, settings=profile(20, STEPS, Phase.generate))
