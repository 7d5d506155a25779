"""Orders of gift boxes from paid to received, as the contract has them, in plain Python: what each
act is answered, where each order then is, and what is left of the box.

States, moves and times are written down here a second time, from `docs/gift-boxes-fulfilment.md`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DONE, CONFLICT = "done", "state_conflict"
CLOSED_AFTER = timedelta(days=15)
PASS_LIFE = timedelta(seconds=60)
BACK = frozenset({"paid", "packed", "shipped", "picked_up", "closed"})


@dataclass
class Order:
    """`left`: how many of it are not given back. `pass_at`: when its last pass was signed."""

    id: str
    who: int
    is_free: bool
    is_fetched: bool
    left: int
    moved_at: datetime
    state: str = "paid"
    parcel: str | None = None
    pickup: str | None = None
    is_handed_out: bool = False
    pass_at: datetime | None = None
    refunded: int = 0

    def move(self, to: str, now: datetime) -> str:
        self.state, self.moved_at = to, now
        return DONE


@dataclass
class Model:
    """One box: `for_sale` and `free` of it; its site is open until `closes_at`. `scrapped`: of
    what is for sale, those that are nobody's any more."""

    for_sale: int
    free: int
    closes_at: datetime
    orders: list[Order] = field(default_factory=list)
    scrapped: int = 0

    def left(self, *, is_free: bool) -> int:
        """What anybody could still have."""
        taken = sum(each.left for each in self.orders if each.is_free is is_free)
        return self.free - taken if is_free else self.for_sale - taken - self.scrapped

    def order(self, count: int, now: datetime, *, is_fetched: bool) -> str:
        if is_fetched and now >= self.closes_at:
            return "input_invalid"
        return DONE if count <= self.left(is_free=False) else "sold_out"

    def claim(self, who: int, now: datetime, *, is_fetched: bool) -> str:
        """One a person; the books look at that before they look what is left."""
        if is_fetched and now >= self.closes_at:
            return "input_invalid"
        mine = [each for each in self.orders if each.is_free and each.who == who]
        if any(each.state != "cancelled" for each in mine):
            return "limit_reached"
        return DONE if self.left(is_free=True) else "sold_out"

    def pack(self, order: Order, now: datetime) -> str:
        if order.state == "packed":
            return DONE
        return order.move("packed", now) if order.state == "paid" else CONFLICT

    def unpack(self, order: Order, now: datetime) -> str:
        return order.move("paid", now) if order.state == "packed" else CONFLICT

    def ship(self, order: Order, number: str, now: datetime) -> str:
        """A row of a file."""
        if order.is_fetched:
            return "order_not_sent"
        if order.state == "packed":
            order.parcel = number
            order.move("shipped", now)
            return "added"
        if order.parcel == number:
            return "unchanged"
        if order.state != "shipped":
            return "order_not_packed"
        order.parcel = number
        return "changed"

    def show_pass(self, order: Order, now: datetime) -> str:
        if not order.is_fetched or order.state != "packed":
            return CONFLICT
        order.pass_at = now
        return DONE

    def hand_out(self, order: Order, now: datetime) -> str:
        """By the last pass that was shown."""
        assert order.pass_at is not None
        if now > order.pass_at + PASS_LIFE:
            return "pass_expired"
        if order.is_handed_out:
            return "already_collected"
        if order.state != "packed":
            return CONFLICT
        order.is_handed_out = True
        return order.move("picked_up", now)

    def reverse(self, order: Order, now: datetime) -> str:
        if order.state != "picked_up":
            return CONFLICT
        order.is_handed_out = False
        return order.move("packed", now)

    def receive(self, order: Order, now: datetime) -> str:
        return order.move("closed", now) if order.state in {"shipped", "picked_up"} else CONFLICT

    def refund(self, order: Order, count: int | None, now: datetime, *, scraps: bool) -> str:
        """So many of it, or all that is left."""
        if order.is_free or order.state not in BACK:
            return CONFLICT
        wanted = order.left if count is None else count
        if wanted > order.left:
            return "refund_too_large"
        order.refunded += wanted
        order.left -= wanted
        self.scrapped += wanted if scraps else 0
        if not order.left:
            order.move("refunded", now)
        return DONE

    def work(self, now: datetime) -> None:
        """Workers have been: time has closed what nobody confirmed, and lapsed what nobody came
        for."""
        for order in self.orders:
            if order.state in {"shipped", "picked_up"} and now >= order.moved_at + CLOSED_AFTER:
                order.move("closed", now)
            is_over = order.is_fetched and now >= self.closes_at
            if is_over and order.state in {"paid", "packed"}:
                order.refunded += 0 if order.is_free else order.left
                order.left = 0
                order.move("cancelled" if order.is_free else "refunded", now)
