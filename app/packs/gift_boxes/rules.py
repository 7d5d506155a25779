"""Pure decisions about boxes and orders: no I/O, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models.states_gift_boxes import OrderState
from app.platform.clock import SHANGHAI
from app.platform.errors import StateConflict, Words

# Of one order, of all boxes together; and of what belongs to one box.
MOST_LINES, MOST_UNITS = 20, 100
MOST_SITES, MOST_CONTENTS = 50, 50
MOST_PER_PERSON = 50

_S = OrderState
# state → {act: next state}. `lapse` and `not_fetched` are time's acts. `honour`: money came after
# the hold was over, and there was stock all the same. `refund_part` leaves something to hand over.
# A free order begins as `paid`: nothing is due for it. `give_back` is of free ones alone.
MOVES: dict[OrderState, dict[str, OrderState]] = {
    _S.PLACED: {"pay": _S.PAID, "cancel": _S.CANCELLED, "lapse": _S.CANCELLED},
    _S.PAID: {
        "pack": _S.PACKED,
        "refund_part": _S.PAID,
        "refund": _S.REFUNDED,
        "not_fetched": _S.CANCELLED,
        "give_back": _S.CANCELLED,
    },
    _S.PACKED: {
        "unpack": _S.PAID,
        "ship": _S.SHIPPED,
        "pick_up": _S.PICKED_UP,
        "refund_part": _S.PACKED,
        "refund": _S.REFUNDED,
        "not_fetched": _S.CANCELLED,
    },
    _S.SHIPPED: {"receive": _S.CLOSED, "refund_part": _S.SHIPPED, "refund": _S.REFUNDED},
    _S.PICKED_UP: {
        "reverse": _S.PACKED,
        "receive": _S.CLOSED,
        "refund_part": _S.PICKED_UP,
        "refund": _S.REFUNDED,
    },
    _S.CLOSED: {"refund_part": _S.CLOSED, "refund": _S.REFUNDED},
    _S.CANCELLED: {"honour": _S.PAID},
    _S.REFUNDED: {},
}
# Its units are taken: paid for, or held for somebody who may still pay.
LIVE = frozenset({*_S} - {_S.CANCELLED, _S.REFUNDED})
# Bought, and not given back as a whole.
KEPT = LIVE - {_S.PLACED}

# Why somebody whose turn came was not offered a box.
CANCELLED_BEFORE, SALE_TOO_NEAR = "cancelled_before", "sale_too_near"
# Why nobody offered them anything, as it is read.
LIST_OVER, NOTHING_FREE = "list_over", "nothing_free"
WHY_NOT_WORDS: dict[str, Words] = {
    CANCELLED_BEFORE: Words(
        "本人取消过含此礼盒的订单或候补名额", "cancelled an order of this box, or declined an offer"
    ),
    SALE_TOO_NEAR: Words("临近停售，来不及通知", "the sale ends too soon to tell them"),
    LIST_OVER: Words("候补已截止，未轮到", "the list is over; it was not their turn"),
    NOTHING_FREE: Words("尚无空出的名额", "nothing has come free yet"),
}


def next_state(state: OrderState, act: str) -> OrderState:
    """Raises `StateConflict`."""
    if act not in MOVES[state]:
        raise StateConflict(state=state.value)
    return MOVES[state][act]


def state_at(state: OrderState, pay_before: datetime | None, now: datetime) -> OrderState:
    """As it is read: what nobody paid until `pay_before` has lapsed, whoever writes it down."""
    is_over = state is _S.PLACED and pay_before is not None and now >= pay_before
    return _S.CANCELLED if is_over else state


@dataclass(frozen=True, slots=True)
class SaleRules:
    """A campaign's, as its staff have set them."""

    hold_min: int = 15
    offer_valid_min: int = 120
    offer_lead_min: int = 30
    version: int = 1

    def pay_before(self, now: datetime) -> datetime:
        return now + timedelta(minutes=self.hold_min)

    def offered_until(self, now: datetime, closes_at: datetime) -> datetime | None:
        """How long an offer made now stands; None: it is too late to offer anything."""
        if closes_at - now <= timedelta(minutes=self.offer_lead_min):
            return None
        return min(now + timedelta(minutes=self.offer_valid_min), closes_at)


def shown(at: datetime) -> str:
    """An instant as refusals name it."""
    return at.astimezone(SHANGHAI).isoformat()
