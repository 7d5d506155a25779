"""Four days of gift boxes, from what is put up for sale to the last comparison of a bill.

A play that was killed has left orders behind it that lapse, or are given back when nobody comes
for them, by time alone. The next one has a sale and people of its own, on later days, and every
figure is of those; so nothing has to be undone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.platform.clock import shanghai_day
from app.replay.figures import Figure
from app.replay.gift_boxes import books, count, lists, refunds, rush, sale
from app.replay.gift_boxes.bills import Bills, Sums
from app.replay.gift_boxes.count import Counted
from app.replay.gift_boxes.free import FreeBoxes
from app.replay.gift_boxes.handing import RECEIVED_EVERY, Desks, Packers, confirm
from app.replay.gift_boxes.people import Cast, gather
from app.replay.gift_boxes.phone import Phones
from app.replay.gift_boxes.plan import (
    FREED,
    GIVEN_BACK,
    LAPSING,
    NOT_BOUGHT,
    RETURNED_AT_ONCE,
    Course,
    How,
    Plan,
)
from app.replay.gift_boxes.sale import Order, Sale
from app.replay.members import NewMember
from app.replay.stage import NotPlayable, Stage
from app.replay.troupe import Troupe
from app.replay.watch import next_first_day
from app.schemas.gift_boxes_sale import FiguresOut

C = Course
# Paid otherwise than by beginning to pay, paying, and the provider's word.
OTHERWISE = FREED | {C.TWO_PHONES, C.TOLD_LATE, C.TOLD_TWICE, C.NEVER_TOLD, C.HONOURED}


async def play(stage: Stage) -> list[Figure]:
    """The pack's figures. Raises `NotPlayable`, `Unreachable`."""
    plan, troupe = Plan(stage.scale), Troupe(stage)
    stage.progress.plan(_steps(plan))
    stage.progress.scene("gift boxes: members")
    phones = await Phones.switched_on(troupe)
    cast = await gather(stage, plan)
    first_day = await next_first_day(stage)
    await stage.move_clock(first_day + sale.ANNOUNCED)
    async with refunds.by_two_people(troupe):
        selling = await sale.announce(troupe, plan, first_day)
        bills, before = Bills(troupe), await books.read_figures(troupe)
        await bills.begin()
        days = _Days(troupe, plan, cast, first_day, selling, phones, bills)
        return await days.play(before)


def _steps(plan: Plan) -> int:
    """Placing, paying, waiting, looking, and whatever follows from it."""
    people = len(plan.careful) + sum(plan.pressers) + sum(plan.heads)
    waiters = plan.members - people
    lost = sum(plan.pressers) - sum(plan.rush)
    paid = len(plan.orders) - plan.of(*FREED - RETURNED_AT_ONCE)
    given_up = plan.of(C.CANCELLED, C.CANCELLED_PAID)
    back = plan.of(*GIVEN_BACK, C.BACK_PART, C.MONEY_ALONE)
    handed = plan.handed(*How)
    fetched = plan.handed(How.FIRST_SITE, How.SECOND_SITE)
    settled = plan.of(C.FOUND_BY_BILL, C.PAID_AGAIN)
    acts = given_up + back + fetched + len(range(0, handed, RECEIVED_EVERY)) + settled
    return people + waiters + lost + paid + plan.free + plan.views + acts


class _Days:
    """One sale's, and what is kept from one to the next."""

    def __init__(
        self,
        troupe: Troupe,
        plan: Plan,
        cast: Cast,
        first_day: datetime,
        selling: Sale,
        phones: Phones,
        bills: Bills,
    ) -> None:
        self._troupe, self._stage, self._plan = troupe, troupe.stage, plan
        self._cast, self._first_day, self._sale = cast, first_day, selling
        self._phones, self._bills = phones, bills
        self._people = rush.people_of(plan, troupe.stage.seed, cast.members)
        self._free = FreeBoxes(troupe, selling, plan, cast.free)
        self._orders = list(self._people.careful)

    async def play(self, before: FiguresOut) -> list[Figure]:
        lost = await self._open()
        await self._pay()
        await self._lapse()
        await self._wait_in_vain(lost)
        await self._pass_on()
        await self._give_back()
        await self._hand_over()
        bill = await self._compare_bills()
        return await self._count(before, bill)

    async def _open(self) -> list[Order]:
        """Who went away with nothing."""
        people, troupe = self._people, self._troupe
        await self._at(sale.TOO_EARLY, "before the sale")
        await rush.come_too_early(troupe, self._sale, people.careful[0])
        await self._at(sale.OPENS, "the sale opens")
        await rush.order_with_care(troupe, self._sale, people.careful)
        self._stage.progress.scene("gift boxes: the rush")
        rushed = await rush.press(troupe, self._sale, people.pressers)
        if len(rushed.won) != sum(self._plan.rush):
            raise NotPlayable(f"{len(rushed.won)} boxes were sold in a rush")
        self._orders += rushed.won
        await rush.line_up(troupe, self._sale, people, self._plan)
        return rushed.lost

    async def _pay(self) -> None:
        """As usual, and by every way in which the provider's word may come."""
        phones, of = self._phones, self._of
        self._stage.progress.scene("gift boxes: paying")
        async with phones.mishap(repeats=1):
            await phones.buy(of(C.TOLD_TWICE))
        async with phones.mishap(hold=True):
            await phones.buy(of(C.TOLD_LATE))
        never = of(C.NEVER_TOLD)
        async with phones.mishap(lose=len(never)):
            await phones.buy(never)
        await phones.begin_on_two(of(C.TWO_PHONES))
        await phones.buy(of(*set(Course) - OTHERWISE))
        await phones.release()
        for order in of(*LAPSING, C.CANCELLED_PAID):
            await phones.begin(order)
        await self._cancel()

    async def _cancel(self) -> None:
        """Some pay in the same moment, and their money goes back."""
        await lists.cancel(self._troupe, self._of(C.CANCELLED, C.CANCELLED_PAID))
        await self._phones.pay_late(self._of(C.CANCELLED_PAID))
        first = self._of(C.CANCELLED)[0]
        await lists.wait_after_cancelling(self._troupe, self._sale, first)

    async def _wait_in_vain(self, lost: Sequence[Order]) -> None:
        """Who come first have what came free; then the crowd lines up, those in hardship have their
        free boxes, and everybody looks. Nothing waits for a payment meanwhile."""
        self._stage.progress.scene("gift boxes: offers")
        await self._accept(lists.first_offered(self._plan, self._people.heads))
        self._stage.progress.scene("gift boxes: the waiting lists")
        losers = [(order.person, order.wanted.lines[0][0]) for order in lost]
        await rush.wait(self._troupe, self._sale, [*losers, *self._people.waiters])
        self._stage.progress.scene("gift boxes: free ones")
        await self._free.claim_first(self._cast.members[0])
        self._stage.progress.scene("gift boxes: looking at the page")
        await rush.look_at_the_page(self._stage, self._plan.views, self._cast.members)

    async def _lapse(self) -> None:
        """Who never told is asked; who has not paid has no order any more, and may pay it."""
        phones, of = self._phones, self._of
        await self._at(sale.ASKED_AT, "the provider is asked")
        paid = sum(_units(order) for order in self._orders if order.wanted.course not in FREED)
        honoured = sum(_units(order) for order in of(C.HONOURED))
        await books.wait_for_sold(self._troupe, self._sale, paid - honoured)
        await self._at(sale.LAPSED_AT, "orders that nobody paid")
        await books.wait_for_lapses(self._troupe, self._sale)
        await phones.pay_late(of(C.TOO_LATE, C.HONOURED))
        found = of(C.FOUND_BY_BILL)
        async with phones.mishap(lose=len(found)):
            await phones.pay_late(found)
        await books.wait_for_sold(self._troupe, self._sale, paid)
        await refunds.wait_for_money_back(self._stage, of(*RETURNED_AT_ONCE - {C.FOUND_BY_BILL}))

    async def _pass_on(self) -> None:
        """What the silent ones have let go, to the next; in the afternoon free boxes for others
        too."""
        await self._at(sale.OFFERS_OVER, "offers that nobody took")
        await self._wait_for_offers()
        await self._accept(lists.then_offered(self._plan, self._people.heads))
        await self._at(sale.OTHERS_COME, "free ones for others")
        await self._free.claim_then()

    async def _accept(self, heads: Sequence[tuple[NewMember, int]]) -> None:
        made = await lists.accept(self._troupe, self._sale, self._phones, heads)
        self._orders += made
        sold = sum(_units(each) for each in self._orders if each.wanted.course not in FREED)
        await books.wait_for_sold(self._troupe, self._sale, sold)

    async def _wait_for_offers(self) -> None:
        """To the next of the list. Raises `NotPlayable`."""
        plan, heads = self._plan, self._people.heads

        async def have_lapsed() -> bool:
            return await lists.count_lapsed(self._troupe, plan, heads) >= sum(plan.silent)

        await self._stage.wait_until(have_lapsed, else_="offers do not lapse")

    async def _give_back(self) -> None:
        """After the sale; then the rest is packed."""
        stage, troupe, of = self._stage, self._troupe, self._of
        await self._at(sale.GIVEN_BACK, "refunds")
        await refunds.give_back(troupe, of(C.BACK_WHOLE), stock="return")
        await refunds.give_back(troupe, of(C.SCRAPPED), stock="scrap")
        await refunds.give_back_by_two(troupe, of(C.BY_TWO))
        await refunds.wait_for_money_back(stage, of(*GIVEN_BACK))

    async def _hand_over(self) -> None:
        stage, troupe, of = self._stage, self._troupe, self._of
        given_back = FREED | GIVEN_BACK
        packing = [each for each in self._orders if each.wanted.course not in given_back]
        packing += self._free.orders
        packers = Packers(troupe, self._sale, packing)
        stage.progress.scene("gift boxes: packing")
        await packers.pack()
        had = [each for each in packing if each.wanted.course not in NOT_BOUGHT]
        fetching = [each for each in had if each.wanted.how is not How.SENT]
        await self._at(sale.SENT, "parcels")
        await packers.send(fetching[0])
        await self._at(sale.SITES_OPEN, "the sites")
        await Desks(troupe).hand_out(fetching)
        await confirm(troupe, had)
        await refunds.give_a_line_back(troupe, of(C.BACK_PART))
        await refunds.give_money_back(troupe, of(C.MONEY_ALONE))
        await self._at(sale.NOT_FETCHED, "what nobody fetched")
        back = of(C.NOT_FETCHED, C.BACK_PART, C.MONEY_ALONE)
        await refunds.wait_for_money_back(stage, back)

    async def _compare_bills(self) -> Sums:
        """The first comparison finds what nobody has told; the next one nothing. And then somebody
        has paid twice under one number."""
        bills, found, again = self._bills, self._of(C.FOUND_BY_BILL), self._of(C.PAID_AGAIN)
        await self._at(sale.THE_COUNT, "the bill")
        await bills.compare(self._orders)
        await refunds.wait_for_money_back(self._stage, found)
        await bills.settle(found)
        sums = await bills.compare(self._orders)
        if any(each["state"] != "resolved" for each in await bills.differences(self._orders)):
            self._stage.surprises.note("the bill still differs when all is settled")
        for order in again:
            await self._phones.pay(order, again=True)
        await bills.wait_for(again)
        await bills.settle(again)
        return sums

    async def _count(self, before: FiguresOut, bill: Sums) -> list[Figure]:
        self._stage.progress.scene("gift boxes: the count")
        days = shanghai_day(self._first_day), shanghai_day(self._first_day + sale.THE_COUNT)
        orders = [*self._orders, *self._free.orders]
        read = await books.Books.read(self._troupe, self._sale, orders, days)
        for words in read.contradictions():
            self._stage.surprises.note(words)
        told = self._of(C.TOLD_LATE, C.TOLD_TWICE, C.NEVER_TOLD, C.HONOURED)
        counted = Counted(
            before,
            await count.count_words(self._troupe, told),
            await lists.count_lapsed(self._troupe, self._plan, self._people.heads),
            await self._bills.differences(self._orders),
            bill,
        )
        return count.figures(self._plan, self._sale, read, counted)

    def _of(self, *courses: Course) -> list[Order]:
        return [order for order in self._orders if order.wanted.course in courses]

    async def _at(self, when: timedelta, title: str) -> None:
        await self._stage.move_clock(self._first_day + when)
        self._stage.progress.scene(f"gift boxes: {title}")


def _units(order: Order) -> int:
    return sum(quantity for _, quantity in order.wanted.lines)
