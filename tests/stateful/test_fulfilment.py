"""Gift boxes on their way, played at random over HTTP against a plain model, with moved time:
packed and unpacked, sent by a file and corrected, handed out by pass and undone, received, given
back whole and in part, not fetched, free ones among them, workers in between.

Every answer is the contract's, and what is left of a box is what nobody has, at every step; in the
end each order is where the model has it and the provider's money is what orders kept.
`STATEFUL_EXAMPLES=500` plays longer.
"""

import asyncio
import contextlib
import os
from collections import Counter as Tally
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

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
from app.embedded.wechat_pay import Sandbox, SandboxServer
from app.embedded.wechat_pay.keys import new_merchant
from app.models.states import Category, Role
from app.packs.gift_boxes.queries import require_box
from app.platform.settings import Settings
from tests.factories import auth
from tests.gifting import ADDRESS, ADMIN_ORDERS, HOUR, ORDERS, PRICE, Gifts, told
from tests.shared.payments.shop import with_provider
from tests.stateful.box_model import CLOSED_AFTER, DONE, Model, Order
from tests.stateful.play import FITTING, assert_heard, bound, ground, profile
from tests.verify import assert_books_are_right

T = TypeVar("T")

EXAMPLES, STEPS = int(os.environ.get("STATEFUL_EXAMPLES", "8")), 15
SEED = 1
PEOPLE, FOR_SALE, FREE = 4, 9, 2
DAY = timedelta(days=1)
OPEN_FOR = 10 * DAY
WHO, PLACES = st.sampled_from(range(PEOPLE)), st.sampled_from(range(12))
ACTS = st.sampled_from(
    [
        *["ship"] * 5,
        *["hand out"] * 5,
        *["pack"] * 4,
        *["scan again"] * 4,
        *["reverse"] * 3,
        *["receive"] * 2,
        *["unpack"] * 2,
        *["give one back"] * 2,
        "give back",
        *["buy"] * 2,
        *["claim"] * 2,
        *["time"] * 2,
        *["work"] * 2,
    ]
)
# Where the state machine of the model lets an act happen.
FITS: dict[str, tuple[str, ...]] = {
    "pack": ("paid",),
    "unpack": ("packed",),
    "ship": ("packed", "shipped"),
    "hand out": ("packed",),
    "reverse": ("picked_up",),
    "receive": ("shipped", "picked_up"),
    "give back": ("paid", "packed", "shipped"),
    "give one back": ("paid", "packed", "picked_up"),
}
PASSING = (HOUR, HOUR, HOUR, DAY, 5 * DAY, CLOSED_AFTER)


class Machine(RuleBasedStateMachine):
    """One box a run. Steps name orders by their place, counted round."""

    runner: asyncio.Runner
    gifts: Gifts
    heard: "Tally[str]"
    # What the provider has told of in earlier runs.
    settled: "set[str]"
    # The control changes what the model believes.
    for_sale = FOR_SALE

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def now(self) -> datetime:
        return self.gifts.make.rooms.clock.now()

    @initialize()
    def begin(self) -> None:
        self.do(self._begin())

    async def _begin(self) -> None:
        make, closes_at = self.gifts.make, self.now + OPEN_FOR
        site = self.gifts.site() | {"closes_at": closes_at.isoformat()}
        self.box = await self.gifts.box(
            quantity=FOR_SALE,
            free_quantity=FREE,
            per_person=50,
            sites=[site],
            closes_at=(self.now + 99 * DAY).isoformat(),
        )
        # Free boxes are one a person of all boxes, so each run has people of its own.
        self.people = [await make.member(categories=[Category.HARDSHIP]) for _ in range(PEOPLE)]
        self.model = Model(self.for_sale, FREE, closes_at)
        self.passes: dict[str, str] = {}
        for who in range(3):
            await self._buy(who, is_fetched=who % 2 == 0, count=2 - who % 2)
        await self._claim(3, is_fetched=True)
        for order in self.model.orders[1:]:
            await self._pack(order, 0)

    @rule(act=ACTS, place=PLACES, who=WHO, fits=FITTING)
    def step(self, act: str, place: int, who: int, fits: bool) -> None:
        self.do(self._step(act, place, who, fits))

    async def _step(self, act: str, place: int, who: int, fits: bool) -> None:
        match act:
            case "work" if place == 0:
                # The site has closed for good by then.
                await self.gifts.later(OPEN_FOR)
                await self._work()
            case "buy":
                await self._buy(who, is_fetched=place % 2 == 0, count=1 + place % 3)
            case "claim":
                await self._claim(who, is_fetched=place % 2 == 0)
            case "time":
                await self.gifts.later(PASSING[place % len(PASSING)])
            case "work":
                await self._work()
            case _:
                order = self._one(act, place, fits)
                await getattr(self, f"_{act.replace(' ', '_')}")(order, place)
        left = await self._left()
        expected = (self.model.left(is_free=False), self.model.left(is_free=True))
        assert left == expected, f"{act}: {left} instead of {expected}"

    def _one(self, act: str, place: int, fits: bool) -> Order:
        """Any order, or one to which the act fits."""
        known = self.model.orders
        fitting = [each for each in known if each.state in FITS.get(act, (each.state,))]
        if act == "ship":
            fitting = [each for each in fitting if not each.is_fetched]
        elif act == "hand out":
            fitting = [each for each in fitting if each.is_fetched]
        elif act == "scan again":
            fitting = [each for each in fitting if each.id in self.passes]
        chosen = fitting if fits and fitting else known
        return chosen[place % len(chosen)]

    def _hear(self, act: str, answer: httpx.Response, expected: str) -> bool:
        """What the service said is what the contract says; whether it was done."""
        return self._compare(act, told(answer)[1] or DONE, expected) == DONE

    def _compare(self, act: str, heard: str, expected: str) -> str:
        assert heard == expected, f"{act}: {heard} instead of {expected}"
        self.heard[f"{act}: {heard}"] += 1
        return heard

    async def _buy(self, who: int, *, is_fetched: bool, count: int) -> None:
        """Ordered, paid, and the provider has said so."""
        member = self.people[who]
        expected = self.model.order(count, self.now, is_fetched=is_fetched)
        delivery = None if is_fetched else ADDRESS
        answer = await self.gifts.order(member, (self.box, count), delivery=delivery)
        if not self._hear("buy", answer, expected):
            return
        order_id = answer.json()["id"]
        await self.gifts.phone(await self.gifts.start(member, order_id))
        await self.gifts.deliver()
        self.model.orders.append(Order(order_id, who, False, is_fetched, count, self.now))

    async def _claim(self, who: int, *, is_fetched: bool) -> None:
        expected = self.model.claim(who, self.now, is_fetched=is_fetched)
        delivery = {} if is_fetched else ADDRESS
        answer = await self.gifts.claim_free(self.people[who], self.box, **delivery)
        if self._hear("claim", answer, expected):
            order_id = answer.json()["order_id"]
            self.model.orders.append(Order(order_id, who, True, is_fetched, 1, self.now))

    async def _pack(self, order: Order, _: int) -> None:
        [code] = await self.gifts.pack(order.id)
        self._compare("pack", code or DONE, self.model.pack(order, self.now))

    async def _unpack(self, order: Order, _: int) -> None:
        answer = await self._staff(f"{order.id}/unpacking", {"reason": "点错"})
        self._hear("unpack", answer, self.model.unpack(order, self.now))

    async def _ship(self, order: Order, place: int) -> None:
        number = f"SF{place % 3}"
        row = f"order_no,carrier,number\n{order.id},顺丰速运,{number}".encode()
        answer = await self.gifts.client.post(
            f"{ADMIN_ORDERS}/shipments/import",
            headers=await self.gifts.as_staff(),
            files={"file": ("parcels.csv", row)},
        )
        report = answer.json()
        codes = [each["code"] for each in report["refusals"]]
        codes += [each for each in ("added", "changed", "unchanged") if report[each]]
        self._compare("ship", ",".join(codes), self.model.ship(order, number, self.now))

    async def _hand_out(self, order: Order, place: int) -> None:
        """Its member shows a fresh pass, if there is one to show."""
        owner = self.people[order.who]
        shown = await self.gifts.client.get(
            f"{ORDERS}/{order.id}/pass", headers=auth(self.gifts.make.token(owner))
        )
        if self._hear("show", shown, self.model.show_pass(order, self.now)):
            self.passes[order.id] = shown.json()["pass"]
            await self._scan_again(order, place)

    async def _scan_again(self, order: Order, _: int) -> None:
        """The last pass that was shown, whatever has become of the order since."""
        if order.id not in self.passes:
            return
        answer = await self.gifts.hand_out(text=self.passes[order.id])
        if self._hear("scan", answer, self.model.hand_out(order, self.now)):
            order.pickup = answer.json()["id"]

    async def _reverse(self, order: Order, _: int) -> None:
        """The last hand-out."""
        if order.pickup is None:
            return
        answer = await self._staff(
            f"pickups/{order.pickup}/reversal", {"reason": "发错人"}, Role.DESK
        )
        self._hear("reverse", answer, self.model.reverse(order, self.now))

    async def _receive(self, order: Order, _: int) -> None:
        answer = await self.gifts.of_order(self.people[order.who], order.id, "receipt")
        self._hear("receive", answer, self.model.receive(order, self.now))

    async def _give_back(self, order: Order, place: int, count: int | None = None) -> None:
        how: dict[str, Any] = {"stock": "scrap" if place % 3 == 0 else "return"}
        if count is not None:
            [line] = (await self.gifts.look(self.people[order.who], order.id))["lines"]
            how["lines"] = [{"line_id": line["id"], "quantity": count}]
        answer = await self.gifts.refund(order.id, **how)
        scraps = how["stock"] == "scrap"
        expected = self.model.refund(order, count, self.now, scraps=scraps)
        self._hear("give back", answer, expected)
        await self.gifts.announce()

    async def _give_one_back(self, order: Order, place: int) -> None:
        await self._give_back(order, place, 1 + place % 2)

    async def _work(self) -> None:
        """An hour later, so that everything periodic is due, and the provider's word comes."""
        await self.gifts.later(HOUR)
        await self.gifts.work_off()
        await self.gifts.deliver()
        self.model.work(self.now)

    async def _left(self) -> tuple[int, int]:
        """Of the box, as its two pools say."""
        async with self.gifts.make.rooms.sessions() as session:
            box = await require_box(session, UUID(self.box["id"]))
        return box.sold.free, box.free.free

    async def _staff(
        self, path: str, body: dict[str, Any], role: Role = Role.SHOP_MANAGER
    ) -> httpx.Response:
        headers = await self.gifts.as_staff(role)
        return await self.gifts.client.post(f"{ADMIN_ORDERS}/{path}", headers=headers, json=body)

    def teardown(self) -> None:
        if hasattr(self, "passes"):
            self.do(self._come_to_rest())

    async def _come_to_rest(self) -> None:
        await self._work()
        await assert_books_are_right(self.gifts.make.rooms)
        for order in self.model.orders:
            seen = await self.gifts.look(self.people[order.who], order.id)
            assert (seen["state"], seen["refunded_fen"]) == (order.state, PRICE * order.refunded)
            self.heard[f"ended: {order.state}"] += 1
        self._check_money()

    def _check_money(self) -> None:
        """All that the provider has of this run's people: what came less what went."""
        assert self.gifts.sandbox is not None
        book = self.gifts.sandbox._book
        kept = sum(
            row["amount"]["total"] - book.refunded_fen(number)
            for number, row in book.trades.items()
            if number not in self.settled and "transaction_id" in row
        )
        self.settled.update(book.trades)
        assert kept == PRICE * sum(each.left for each in self.model.orders if not each.is_free)


@contextlib.contextmanager
def played(config: Settings, provider: IdentityProvider) -> Iterator[type[Machine]]:
    """The machine on a service of its own, with what it was told over all runs."""
    with SandboxServer(Sandbox(new_merchant())) as server:
        sandbox = server.sandbox
        sandbox.mishaps.hold = True
        paid = with_provider(config, sandbox.merchant, server.url)
        with ground(paid, provider) as where:
            gifts = Gifts(where.client, where.make, sandbox)
            yield bound(Machine, where, SEED, gifts=gifts, settled=set())


# So that the play cannot become hollow: each of these must have been heard.
EXPECTED = """
    buy: done, claim: done, pack: done, unpack: done, ship: added, ship: changed, ship: unchanged,
    show: done, scan: done, reverse: done, receive: done, receive: state_conflict,
    give back: done, ended: paid, ended: packed, ended: shipped, ended: refunded
"""


def test_whatever_happens_on_the_way_every_answer_is_the_contracts_and_no_box_or_fen_is_lost(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS))
        heard = machine.heard
    assert_heard(heard, EXPECTED)


def test_the_control_believes_in_one_box_more_and_is_found_out(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    with played(settings, identity_provider) as machine:
        machine.for_sale = FOR_SALE + 1
        with pytest.raises(AssertionError, match="instead of"):
            run_state_machine_as_test(machine, settings=profile(EXAMPLES, STEPS, Phase.generate))
