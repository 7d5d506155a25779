"""Money played at random, with moved time: orders, attempts, the payer's phone, the provider's word
in any order, lost or repeated, holds that lapse, refunds, workers, answers that are lost.

Whatever happens, when all has come to rest the provider's money is the orders' money, to the fen,
and its bill and our rows say the same. `STATEFUL_EXAMPLES=500` plays longer.
"""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
import hypothesis
import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from app.embedded.identity_provider import IdentityProvider
from app.embedded.wechat_pay import Sandbox, SandboxServer
from app.embedded.wechat_pay.keys import new_merchant
from app.embedded.wechat_pay.notifier import Notice
from app.embedded.wechat_pay.protocol import Refused
from app.main import app as unstarted
from app.main import create_app
from app.models.payments import Reconciliation
from app.models.states_of_payments import RefundCause
from app.platform.errors import Refusal
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.shared.payments import (
    Payable,
    find_reconciliation,
    refund_payable,
    start_reconciliation,
)
from tests.conftest import empty
from tests.factories import Factory
from tests.refusals import NOTING
from tests.shared.payments import toy
from tests.shared.payments.shop import PRICE, Shop, selling, with_provider
from tests.stateful.play import assert_heard, profile

T = TypeVar("T")

EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "11")), 30
SEED = 2
ORDERS, SHELF = 2, 1
PLACES = st.sampled_from(range(12))
ACTS = st.sampled_from(
    [
        *["start"] * 3,
        *["pay"] * 3,
        *["pay late"] * 3,
        *["deliver"] * 5,
        *["deliver again"] * 2,
        "lose",
        "lapse",
        "cancel",
        *["release"] * 3,
        *["refund"] * 4,
        "settle",
        "mishap",
        *["time"] * 3,
        *["work"] * 2,
    ]
)
PASSING = tuple(timedelta(seconds=each) for each in (20, 20, 120, 1_000))
NEVER = 3_600
MISHAPS = ("lose_answers", "busy", "repeats", "refunds_wait")


class Machine(RuleBasedStateMachine):
    """A few orders a run. Steps name orders by their place, counted round."""

    runner: asyncio.Runner
    shop: Shop
    heard: "Counter[str]"

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        sandbox = self.shop.sandbox
        self.do(self.shop.shelf(SHELF))
        self.seen: list[Notice] = []
        self.owners: dict[UUID, Any] = {}
        self.handed: list[tuple[UUID, str]] = []
        self.back: Counter[UUID] = Counter()
        for name in MISHAPS:
            setattr(sandbox.mishaps, name, 0)
        for _ in range(ORDERS):
            member = self.do(self.shop.make.member())
            order_id = self.do(self.shop.order(member))
            self.owners[order_id] = member
            self.take("start", 0, order_id)

    @rule(act=ACTS, place=PLACES)
    def step(self, act: str, place: int) -> None:
        order_id = list(self.owners)[place % len(self.owners)]
        try:
            self.take(act, place, order_id)
        except (Refusal, Refused) as refused:
            self.heard[f"{act}: {refused.code}"] += 1
        else:
            self.heard[f"{act}: done"] += 1

    def take(self, act: str, place: int, order_id: UUID) -> None:
        match act:
            case "start":
                started = self.do(self.shop.start(self.owners[order_id], order_id))
                self.handed.append((order_id, started.hand_over["prepayid"]))
            case "pay" | "pay late" if self.handed:
                _, number = self.handed[place % len(self.handed)]
                self.shop.sandbox.pay(number, late=act == "pay late")
            case "deliver":
                self.deliver(place)
            case "deliver again" if self.seen:
                self.do(self.shop.deliver(self.seen[place % len(self.seen)]))
            case "lose":
                self.shop.sandbox.notifier.take()
            case "lapse" | "cancel":
                self.do(self.shop.lapse(order_id, {"lapse": "lapsed"}.get(act, "cancelled")))
            case "release":
                # The attempt ends, and the order can be paid by another.
                self.do(self.shop.lapse(order_id, "placed"))
            case "refund":
                self.do(self.refund(self.paid(order_id), PRICE if place % 3 == 0 else 7_000))
            case "settle":
                self.settle()
            case "mishap":
                setattr(self.shop.sandbox.mishaps, MISHAPS[place % len(MISHAPS)], 1)
            case "time":
                self.do(self.shop.later(PASSING[place % len(PASSING)]))
            case "work":
                self.do(self.shop.work_off())

    def paid(self, order_id: UUID) -> UUID:
        """One that is, if there is any: another's refund is refused."""
        for each in (order_id, *self.owners):
            if self.do(self.shop.state(each)) == "paid":
                return each
        return order_id

    def deliver(self, place: int) -> None:
        """One that is held, whichever."""
        held = self.shop.sandbox.notifier.held
        if held:
            notice = held.pop(place % len(held))
            self.seen.append(notice)
            assert self.do(self.shop.deliver(notice)) == [204]

    async def refund(self, order_id: UUID, amount_fen: int) -> None:
        rooms = self.shop.rooms
        async with rooms.sessions.begin() as session:
            await toy.lock(session, order_id)
            await refund_payable(
                session,
                rooms.clock,
                kind=toy.KIND,
                payable_id=order_id,
                refund_id=new_id(),
                amount_fen=amount_fen,
                cause=RefundCause.RETURNED,
                actor=self.shop.make.actor,
            )
        self.back[order_id] += amount_fen

    def settle(self) -> None:
        sandbox = self.shop.sandbox
        for number, row in list(sandbox._book.refunds.items()):
            if row["status"] == "PROCESSING":
                sandbox.settle(number)

    def teardown(self) -> None:
        if hasattr(self, "owners"):
            self.do(self._come_to_rest())
            self.do(self._check())

    async def _come_to_rest(self) -> None:
        """No mishap any more, and time enough for every question. Some words are lost for good:
        money that came for an attempt which was closed already is found by the bill alone."""
        mishaps = self.shop.sandbox.mishaps
        mishaps.refunds_wait = False
        mishaps.lose_answers = mishaps.busy = mishaps.repeats = 0
        self.settle()
        self.shop.sandbox.notifier.take()
        for _ in range(2):
            await self.shop.later(timedelta(seconds=NEVER))
            await self.shop.work_off()

        if any("transaction_id" in row for row in self.shop.sandbox._book.trades.values()):
            self.heard["bill: had more"] += bool((await self._compared()).differences_count)
            last = await self._compared()
            assert (last.state, last.differences_count) == ("done", 0)
            assert last.our_paid_fen == last.their_paid_fen
            assert last.our_refunded_fen == last.their_refunded_fen

    async def _compared(self) -> Reconciliation:
        """Today's bill, and what is asked about because of it."""
        rooms, make = self.shop.rooms, self.shop.make
        run = await start_reconciliation(
            rooms.sessions,
            rooms.payments,
            make.once,
            actor=make.actor,
            day=rooms.payments.provider_today(),
        )
        await self.shop.work_off()
        # Refunds that follow from it are told of by themselves.
        await self.shop.later(timedelta(seconds=NEVER))
        await self.shop.work_off()
        return await find_reconciliation(rooms.sessions, reconciliation_id=run.id)

    async def _check(self) -> None:
        shop, book = self.shop, self.shop.sandbox._book
        for order_id in self.owners:
            order, payments = await shop.ordered(order_id), await shop.payments(order_id)
            numbers = {each.number for each in payments}
            came = sum(
                row["amount"]["total"]
                for row in book.trades.values()
                if row["out_trade_no"] in numbers and "transaction_id" in row
            )
            went = sum(
                row["amount"]["refund"]
                for row in book.refunds.values()
                if row["out_trade_no"] in numbers
            )
            kept = PRICE * order["kept_count"]
            assert order["kept_count"] <= 1
            assert came - went == kept - self.back[order_id], (order, came, went)
            assert order["refunded_fen"] == self.back[order_id]
            assert order["state"] != "placed" or came == 0 or kept == PRICE, order
            assert order["state"] != "cancelled" or came == went, order
            assert {each.state for each in payments} <= {"paid", "surplus", "closed"}
            self.heard[f"ended: {order['state']}"] += 1
            self.heard.update(f"attempt: {each.state}" for each in payments)
        assert {each.kind for each in await shop.differences()} <= {"state_differs"}
        await shop.assert_right()
        async with shop.rooms.sessions() as session:
            failed = await session.scalars(text("SELECT kind FROM job WHERE state = 'failed'"))
            assert list(failed) == []


@contextlib.contextmanager
def played(
    config: Settings, provider: IdentityProvider, payable: Payable = toy.ORDER
) -> Iterator[type[Machine]]:
    """A machine on a service and a sandbox of its own, with what it was told over all runs."""
    sandbox = Sandbox(new_merchant())
    sandbox.mishaps.hold = True
    with SandboxServer(sandbox) as server, asyncio.Runner() as runner:
        config = with_provider(config, sandbox.merchant, server.url)
        runner.run(empty(config))
        app = create_app(config)
        app.state.documents = unstarted.state.documents
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        rooms = app.state.rooms = selling(app.state.rooms, payable)
        runner.run(toy.make_tables(rooms.engine))
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://test", event_hooks=NOTING)
        try:

            class Bound(Machine):
                """This service's machine."""

            Bound.runner, Bound.heard = runner, Counter()
            Bound.shop = Shop(app, client, Factory(rooms, provider), sandbox, rooms)
            yield hypothesis.seed(SEED)(Bound)
        finally:
            runner.run(toy.drop_tables(rooms.engine))
            runner.run(client.aclose())
            runner.run(lifespan.__aexit__(None, None, None))


# So that the play cannot become hollow: each of these must have been heard.
EXPECTED = """
    start: done, start: state_conflict, start: toy_expired,
    pay: done, pay late: done, deliver again: done, refund: done, refund: state_conflict,
    refund: refund_too_large, ended: paid, ended: refunded, ended: lapsed, ended: cancelled,
    ended: placed, attempt: paid, attempt: surplus, attempt: closed
"""


def test_whatever_happens_the_providers_money_is_the_orders_money(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS))
        heard = machine.heard
    assert_heard(heard, EXPECTED)


def test_the_control_keeps_what_comes_for_a_cancelled_order_and_is_found_out(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with (
        played(settings, identity_provider, toy.GREEDY) as machine,
        pytest.raises(AssertionError),
    ):
        run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS, Phase.generate))
