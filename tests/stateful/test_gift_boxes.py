"""Gift boxes played at random over HTTP, with moved time: orders of one and of two boxes, payers
who pay, pay late and pay what was cancelled, the provider's word in any order and repeated,
lapses, refunds, waiting lists, workers.

Whatever happens, when all has come to rest the money that came less what went back is what orders
kept, to the fen, and every unit is free, kept, offered or scrapped. `STATEFUL_EXAMPLES=500` plays
longer.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

from app.embedded.identity_provider import IdentityProvider
from app.embedded.wechat_pay import Sandbox, SandboxServer
from app.embedded.wechat_pay.keys import new_merchant
from app.embedded.wechat_pay.notifier import Notice
from app.embedded.wechat_pay.protocol import Refused
from app.models.states import OfferState
from app.models.waiting import WaitingOffer
from app.platform.settings import Settings
from app.shared.identity.callers import Member
from tests.gifting import PRICE, Body, Gifts, told
from tests.shared.payments.shop import with_provider
from tests.stateful.play import assert_heard, bound, ground, profile
from tests.verify import assert_books_are_right

T = TypeVar("T")

SEED = 2023
EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "10")), 30
PEOPLE, NUTS, FRUIT = 4, 2, 1
PLACES = st.sampled_from(range(12))
ACTS = st.sampled_from(
    [
        *["order"] * 3,
        *["start"] * 4,
        *["pay"] * 4,
        *["pay late"] * 2,
        *["deliver"] * 5,
        "deliver again",
        *["cancel"] * 2,
        *["refund"] * 2,
        *["wait"] * 4,
        *["accept"] * 4,
        "leave",
        *["time"] * 4,
        *["work"] * 2,
    ]
)
PASSING = tuple(timedelta(seconds=each) for each in (20, 120, 901, 7_300))
NEVER = timedelta(hours=3)
# Of these boxes: what paid orders have, and what was scrapped.
TAKEN = text("""
    SELECT count(*) FROM gift_boxes_unit unit
      JOIN gift_boxes_line line ON line.id = unit.line_id
      JOIN gift_boxes_order o ON o.id = line.order_id
     WHERE line.box_id = ANY (:boxes)
       AND (unit.state = 'scrapped' OR (unit.state = 'held' AND o.state = 'paid'))
""")


def heard_of(answer: httpx.Response) -> str:
    return told(answer)[1] or "done"


class Machine(RuleBasedStateMachine):
    """Four people and two boxes a run. Steps name orders by their place, counted round."""

    runner: asyncio.Runner
    gifts: Gifts
    heard: "Counter[str]"

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def sandbox(self) -> Sandbox:
        assert self.gifts.sandbox is not None
        return self.gifts.sandbox

    @initialize()
    def begin(self) -> None:
        self.nuts = self.do(self.gifts.box(quantity=NUTS, per_person=2))
        self.fruit = self.do(self.gifts.box(name="水果礼盒", quantity=FRUIT, per_person=1))
        self.people = [self.do(self.gifts.make.member()) for _ in range(PEOPLE)]
        self.orders: list[tuple[Member, str]] = []
        self.handed: list[str] = []
        self.seen: list[Notice] = []
        self.do(self.sell_out())

    async def sell_out(self) -> None:
        """The fruit is gone before it begins, and somebody waits for it."""
        first, second, *_ = self.people
        self.orders.append((first, await self.gifts.ordered(first, (self.fruit, 1))))
        self.heard[f"wait: {heard_of(await self.gifts.wait(second, self.fruit))}"] += 1

    @rule(act=ACTS, place=PLACES)
    def step(self, act: str, place: int) -> None:
        self.heard[f"{act}: {self.do(self.take(act, place))}"] += 1

    async def take(self, act: str, place: int) -> str:
        """What was heard, in a word."""
        needed = {"start": self.orders, "cancel": self.orders, "refund": self.orders}
        needed |= {"pay": self.handed, "pay late": self.handed, "deliver again": self.seen}
        if not needed.get(act, True):
            return "nothing to do it to"
        found: str = await getattr(self, f"_{act.replace(' ', '_')}")(place)
        return found

    def person(self, place: int) -> Member:
        return self.people[place % PEOPLE]

    def box(self, place: int) -> Body:
        return (self.nuts, self.fruit)[place // PEOPLE % 2]

    def one_of_all(self, place: int) -> tuple[Member, str]:
        return self.orders[place % len(self.orders)]

    async def _order(self, place: int) -> str:
        both = [(self.nuts, 1), (self.fruit, 1)]
        member, lines = self.person(place), both if place % 3 == 0 else [(self.box(place), 1)]
        answer = await self.gifts.order(member, *lines)
        if answer.is_success:
            self.orders.append((member, answer.json()["id"]))
        return heard_of(answer)

    async def _start(self, place: int) -> str:
        answer = await self.gifts.of_order(*self.one_of_all(place), "payments")
        if answer.is_success:
            self.handed.append(answer.json()["hand_over"]["prepayid"])
        return heard_of(answer)

    async def _pay(self, place: int, *, late: bool = False) -> str:
        try:
            await self.gifts.phone(self.handed[place % len(self.handed)], late=late)
        except Refused as refused:
            return refused.code
        return "done"

    async def _pay_late(self, place: int) -> str:
        return await self._pay(place, late=True)

    async def _deliver(self, place: int) -> str:
        held = self.sandbox.notifier.held
        if not held:
            return "nothing is said"
        self.seen.append(held.pop(place % len(held)))
        return str(await self.gifts.deliver(self.seen[-1]))

    async def _deliver_again(self, place: int) -> str:
        return str(await self.gifts.deliver(self.seen[place % len(self.seen)]))

    async def _cancel(self, place: int) -> str:
        return heard_of(await self.gifts.cancel(*self.one_of_all(place)))

    async def _refund(self, place: int) -> str:
        owner, order_id = self.one_of_all(place)
        how: dict[str, Any] = {"stock": ("return", "scrap")[place % 2]}
        if place % 3 == 0:
            [line, *_] = (await self.gifts.look(owner, order_id))["lines"]
            how["lines"] = [{"line_id": line["id"], "quantity": 1}]
        return heard_of(await self.gifts.refund(order_id, **how))

    async def _wait(self, place: int) -> str:
        return heard_of(await self.gifts.wait(self.person(place), self.box(place)))

    async def _leave(self, place: int) -> str:
        return heard_of(await self.gifts.leave(self.person(place), self.box(place)))

    async def _accept(self, place: int) -> str:
        """Whoever is offered something, whether or not its time is over."""
        people = {member.id: member for member in self.people}
        async with self.gifts.make.rooms.sessions() as session:
            offer = await session.scalar(
                select(WaitingOffer)
                .where(WaitingOffer.member_id.in_(people), WaitingOffer.state == OfferState.OPEN)
                .order_by(WaitingOffer.id)
                .limit(1)
            )
        if offer is None:
            return "nothing is offered"
        member = people[offer.member_id]
        answer = await self.gifts.accept(member, str(offer.id))
        if answer.is_success:
            self.orders.append((member, answer.json()["id"]))
        return heard_of(answer)

    async def _time(self, place: int) -> str:
        await self.gifts.later(PASSING[place % len(PASSING)])
        return "done"

    async def _work(self, place: int) -> str:
        await self.gifts.work_off()
        return "done"

    def teardown(self) -> None:
        if hasattr(self, "orders"):
            self.do(self._come_to_rest())

    async def _come_to_rest(self) -> None:
        """Every word that is held arrives, and time enough passes for every question."""
        await self.gifts.deliver()
        for _ in range(2):
            await self.gifts.later(NEVER)
            await self.gifts.work_off()
            await self.gifts.deliver()
        await assert_books_are_right(self.gifts.make.rooms)
        for member, order_id in self.orders:
            await self._check(member, order_id)
        async with self.gifts.make.rooms.sessions() as session:
            failed = await session.scalars(text("SELECT kind FROM job WHERE state = 'failed'"))
            assert list(failed) == []
            boxes = {"boxes": [UUID(self.nuts["id"]), UUID(self.fruit["id"])]}
            taken = await session.scalar(TAKEN, boxes)
        left = await self.gifts.left(self.nuts) + await self.gifts.left(self.fruit)
        assert left + taken == NUTS + FRUIT

    async def _check(self, member: Member, order_id: str) -> None:
        """The provider's money for this order is what the order kept."""
        order, book = await self.gifts.look(member, order_id), self.sandbox._book
        async with self.gifts.make.rooms.sessions() as session:
            rows = await session.scalars(
                text("SELECT number FROM payment WHERE payable_id = CAST(:id AS uuid)"),
                {"id": order_id},
            )
            numbers = set(rows)
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
        kept = sum(
            line["price_fen"] * (line["quantity"] - line["refunded_count"])
            for line in order["lines"]
        )
        self.heard[f"ended: {order['state']}"] += 1
        assert order["state"] in {"paid", "cancelled", "refunded"}, order
        assert came - went == (kept if order["state"] == "paid" else 0), (order, came, went)
        assert order["amount_fen"] == PRICE * sum(line["quantity"] for line in order["lines"])


def test_money_and_boxes_are_right_whatever_happens_in_whatever_order(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    heard: Counter[str] = Counter()
    with SandboxServer(Sandbox(new_merchant())) as server:
        sandbox = server.sandbox
        sandbox.mishaps.hold = True
        config = with_provider(settings, sandbox.merchant, server.url)
        with ground(config, identity_provider) as where:
            gifts = Gifts(where.client, where.make, sandbox)
            run_state_machine_as_test(
                bound(Machine, where, SEED, gifts=gifts, heard=heard),
                settings=profile(EXAMPLES, STEPS),
            )
    assert_heard(heard, HEARD)


HEARD = """order: done, order: sold_out, start: done, pay: done, cancel: done,
    cancel: state_conflict, refund: done, refund: state_conflict, wait: done, accept: done,
    deliver: [204], deliver again: [204], ended: paid, ended: cancelled, ended: refunded"""
