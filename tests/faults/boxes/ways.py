"""The four ways of an order from hold to money, and where on each of them a process can die.

A way says what people do and what comes of it, as if nobody ever died.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from app.packs.gift_boxes.queries import BoxFacts
from tests.faults.boxes.shop import NOTHING_IS_DUE, PAYMENT_IS, REFUND_IS, STATE_IS, BoxShop, Buyer
from tests.gifting import HOLD

Play = Callable[[BoxShop, Buyer, BoxFacts], Awaitable[None]]

# Until somebody asks of themselves whether it was paid.
SOON = timedelta(seconds=20)


@dataclass(frozen=True)
class Way:
    """`ends` is the order's state in the end; `steps` are the way's own, at which the process is
    killed whose turn it is, at one or at all of them; `alone` are those that nobody comes to who
    was killed at another before. `worst`: where it is killed whenever the tests run."""

    name: str
    play: Play
    ends: str
    steps: tuple[str, ...]
    worst: tuple[str, ...]
    alone: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


async def bought_and_given_back(shop: BoxShop, buyer: Buyer, box: BoxFacts) -> None:
    order_id = await shop.order(buyer, box)
    await shop.phone(await shop.start(buyer, order_id))
    await shop.hear()
    await shop.until(STATE_IS, state="paid", id=order_id)
    await shop.give_back(order_id)
    await shop.until(REFUND_IS, state="processing", id=order_id)
    await shop.until(NOTHING_IS_DUE)
    await shop.settle()
    await shop.hear()
    await shop.until(REFUND_IS, state="succeeded", id=order_id)


async def paid_and_never_told(shop: BoxShop, buyer: Buyer, box: BoxFacts) -> None:
    """The provider's word is lost for good, so a worker asks."""
    order_id = await shop.order(buyer, box)
    await shop.phone(await shop.start(buyer, order_id))
    shop.sandbox.notifier.take()
    await shop.later(SOON)
    await shop.until(STATE_IS, state="paid", id=order_id)


async def lapsed_and_paid_all_the_same(shop: BoxShop, buyer: Buyer, box: BoxFacts) -> None:
    """There is stock, so late money is honoured."""
    order_id = await shop.order(buyer, box)
    prepay_no = await shop.start(buyer, order_id)
    await shop.later(HOLD)
    await shop.until(STATE_IS, state="cancelled", id=order_id)
    await shop.until(PAYMENT_IS, state="closed", id=order_id)
    await shop.phone(prepay_no, late=True)
    await shop.hear()
    await shop.until(STATE_IS, state="paid", id=order_id)


async def cancelled_and_paid_all_the_same(shop: BoxShop, buyer: Buyer, box: BoxFacts) -> None:
    """The money goes back at once, and the provider's word of that is lost for good."""
    order_id = await shop.order(buyer, box)
    prepay_no = await shop.start(buyer, order_id)
    await shop.cancel(buyer, order_id)
    await shop.until(PAYMENT_IS, state="closed", id=order_id)
    await shop.phone(prepay_no, late=True)
    await shop.hear()
    await shop.until(REFUND_IS, state="processing", id=order_id)
    await shop.until(NOTHING_IS_DUE)
    await shop.settle()
    shop.sandbox.notifier.take()
    await shop.later(SOON)
    await shop.until(REFUND_IS, state="succeeded", id=order_id)


def _transactions(work: str, *numbers: int) -> tuple[str, ...]:
    return tuple(
        f"{work}: {moment} {number}"
        for number in numbers or (1,)
        for moment in ("in transaction", "after commit")
    )


def _asked(work: str, *calls: str) -> tuple[str, ...]:
    return tuple(f"{work}: {moment} {call}" for call in calls for moment in ("before", "after"))


_BOUGHT = (
    *_transactions("order"),
    *_transactions("payment", 1, 2),
    *_asked("payment", "prepay"),
    *_transactions("notification"),
    *_transactions("refund"),
    *_asked("payments.refund", "refund"),
    *_transactions("payments.refund", 1, 2),
    *_transactions("refund's notification"),
)
WAYS = (
    # Whoever is on it may meet all of them, one after the other.
    Way("bought and given back", bought_and_given_back, "refunded", _BOUGHT, worst=_BOUGHT),
    Way(
        "paid and never told",
        paid_and_never_told,
        "paid",
        (*_asked("payments.watch", "query"), *_transactions("payments.watch")),
        worst=("payments.watch: after query",),
        alone=_transactions("payments.watch", 2),
    ),
    Way(
        "lapsed and paid all the same",
        lapsed_and_paid_all_the_same,
        "paid",
        (
            *_transactions("gift_boxes.lapse"),
            *_asked("payments.watch", "query", "close"),
            *_transactions("payments.watch"),
            *_transactions("notification"),
        ),
        worst=("gift_boxes.lapse: in transaction 1", "payments.watch: after close"),
    ),
    Way(
        "cancelled and paid all the same",
        cancelled_and_paid_all_the_same,
        "cancelled",
        (
            *_transactions("cancellation"),
            *_transactions("notification"),
            *_asked("payments.refund", "query_refund"),
        ),
        worst=("cancellation: after commit 1", "payments.refund: after query_refund"),
    ),
)
# Every step of every way.
KNOWN = frozenset(step for way in WAYS for step in (*way.steps, *way.alone))
