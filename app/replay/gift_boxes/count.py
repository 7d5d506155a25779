"""The figures: of the shop's books, of the provider's words, of finance; and the money in five
places, which have to say the same.

Nothing that the play counted itself is a figure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.replay.figures import Figure
from app.replay.gift_boxes.bills import Sums
from app.replay.gift_boxes.books import Books, Rows, units
from app.replay.gift_boxes.handing import RECEIVED_EVERY
from app.replay.gift_boxes.plan import (
    FREED,
    GIVEN_BACK,
    LAPSING,
    PUBLISHED_KINDS,
    PUBLISHED_PARTICIPANTS,
    PUBLISHED_VIEWS,
    RETURNED_AT_ONCE,
    Course,
    How,
    Plan,
)
from app.replay.gift_boxes.sale import FINANCE, PAYMENTS, SHOP, Order, Sale
from app.replay.troupe import Troupe
from app.schemas.gift_boxes_sale import FiguresOut

PACK = "gift_boxes"


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider's words came to, by the payments and orders that were looked at.
    `honoured`: money that came when the hold was over, and was kept."""

    late: int
    twice: int
    asked: int
    honoured: int


async def count_words(troupe: Troupe, orders: Sequence[Order]) -> Told:
    counts = Counter[Course]()
    for order in orders:
        counts[order.wanted.course] += await _came_as_planned(troupe, order)
    told = (Course.TOLD_LATE, Course.TOLD_TWICE, Course.NEVER_TOLD, Course.HONOURED)
    return Told(*(counts[course] for course in told))


async def _came_as_planned(troupe: Troupe, order: Order) -> bool:
    if order.wanted.course is Course.HONOURED:
        whole = await troupe.inspect(SHOP, order.staffs_path, act="looking at an order")
        return any(move["act"] == "honour" for move in whole.get("moves", ()))
    path = f"{PAYMENTS}/{order.payment_id}"
    seen = await troupe.inspect(FINANCE, path, act="looking at a payment")
    events = [each for each in seen.get("events", ()) if each["flow"] == "payment"]
    return any(_is_word_of(order, each) for each in events)


def _is_word_of(order: Order, event: Mapping[str, Any]) -> bool:
    if order.wanted.course is Course.NEVER_TOLD:
        return bool(event["source"] == "query")
    is_notice = event["source"] == "notification"
    return is_notice and (order.wanted.course is Course.TOLD_LATE or event["times_count"] == 2)


@dataclass(frozen=True, slots=True)
class Counted:
    """Beside the books: figures before, the provider's words, offers, differences, the bill."""

    before: FiguresOut
    told: Told
    offers_lapsed: int
    differences: Rows
    bill: Sums


def figures(plan: Plan, sale: Sale, books: Books, counted: Counted) -> list[Figure]:
    views = books.figures.views - counted.before.views
    people = books.figures.participants - counted.before.participants
    kinds = len(books.by_box)
    buyers = len({each["member_no"] for each in books.sold})
    boxes, free = sum(map(units, books.sold)), sum(map(units, books.given))
    return [
        Figure(PACK, "kinds", PUBLISHED_KINDS, PUBLISHED_KINDS, kinds),
        Figure(PACK, "page_views", PUBLISHED_VIEWS, plan.views, views),
        Figure(PACK, "participants", PUBLISHED_PARTICIPANTS, plan.participants, people),
        Figure(PACK, "buyers", None, plan.buyers, buyers),
        Figure(PACK, "boxes", None, plan.boxes, boxes),
        Figure(PACK, "free_boxes", None, plan.free, free),
        *_paid(plan, books, counted),
        *_handed(plan, sale, books),
        *_money(plan, books, counted),
    ]


def _paid(plan: Plan, books: Books, counted: Counted) -> list[Figure]:
    """By which ways orders were paid, or were not."""
    of, causes = plan.of, Counter(each["cancel_cause"] for each in books.orders)
    payments = Counter(each["state"] for each in books.payments)
    kinds = Counter(each["kind"] for each in counted.differences if each["state"] == "resolved")
    lapsing = of(*(FREED & LAPSING))
    told, silent = counted.told, sum(plan.silent)
    refunded = Counter(each["state"] for each in books.orders)["refunded"]
    reached = {
        "cancelled": (of(Course.CANCELLED, Course.CANCELLED_PAID), causes["asked"]),
        "lapsed": (lapsing, causes["lapsed"]),
        "paid_late_and_kept": (of(Course.HONOURED), told.honoured),
        "paid_for_nothing_and_returned": (of(*RETURNED_AT_ONCE), payments["surplus"]),
        "told_late": (of(Course.TOLD_LATE), told.late),
        "told_twice": (of(Course.TOLD_TWICE), told.twice),
        "never_told_and_asked_for": (of(Course.NEVER_TOLD), told.asked),
        "found_by_the_bill": (of(Course.FOUND_BY_BILL), kinds["state_differs"]),
        "paid_again_and_settled": (of(Course.PAID_AGAIN), kinds["paid_again"]),
        "offers_lapsed": (silent, counted.offers_lapsed),
        "refunded": (of(*GIVEN_BACK, Course.NOT_FETCHED), refunded),
        "refunded_in_part": (of(Course.BACK_PART, Course.MONEY_ALONE), _in_part(books)),
    }
    return [Figure(PACK, name, None, *counts) for name, counts in reached.items()]


def _in_part(books: Books) -> int:
    return sum(each["refunded_fen"] > 0 for each in books.sold)


def _handed(plan: Plan, sale: Sale, books: Books) -> list[Figure]:
    states = Counter(each["state"] for each in books.orders)
    modes = Counter((each["state"], each["delivery"]["mode"]) for each in books.orders)
    undone = sum(each["state"] == "reversed" for each in books.pickups)
    sent = plan.handed(How.SENT)
    fetched = plan.handed(How.FIRST_SITE, How.SECOND_SITE)
    reached = {
        "sent": (sent, states["shipped"] + modes["closed", "delivery"]),
        "picked_up": (fetched, states["picked_up"] + modes["closed", "pickup"]),
        "confirmed": (len(range(0, sent + fetched, RECEIVED_EVERY)), states["closed"]),
        "handed_out_and_undone": (plan.of(Course.REVERSED), undone),
        "not_fetched": (plan.of(Course.NOT_FETCHED), _not_fetched(sale, books)),
    }
    return [Figure(PACK, name, None, *counts) for name, counts in reached.items()]


def _not_fetched(sale: Sale, books: Books) -> int:
    """Of the site that closed for good."""
    site_id = sale.site_id(How.SHORT_SITE)
    there = [each for each in books.orders if each["delivery"]["site_id"] == site_id]
    return sum(each["state"] == "refunded" for each in there)


def _money(plan: Plan, books: Books, counted: Counted) -> list[Figure]:
    """One sum, in fen: payments less refunds, what orders keep, the suppliers' sheets, the bill."""
    with_money = [each for each in books.payments if each["received_fen"] is not None]
    payments_fen = sum(each["received_fen"] - each["refunded_fen"] for each in with_money)
    paid = [each for each in books.orders if each["paid_at"] is not None]
    orders_fen = sum(each["amount_fen"] - each["refunded_fen"] for each in paid)
    reached = {
        "payments_less_refunds_fen": payments_fen,
        "orders_kept_fen": orders_fen,
        "supplier_sheets_fen": books.sheet_fen,
        "providers_bill_fen": counted.bill.theirs_fen,
        "our_side_of_the_bill_fen": counted.bill.ours_fen,
    }
    return [Figure(PACK, name, None, plan.kept_fen, fen) for name, fen in reached.items()]
