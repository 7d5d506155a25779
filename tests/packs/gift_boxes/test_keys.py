"""What members do to boxes and orders may be sent again: one effect, the first answer, and what
else a key may be told."""

from typing import Any

import pytest

from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.gifting import ADDRESS, BOXES, ORDERS, Gifts
from tests.keys import Kept, Sent, sent_again
from tests.packs.gift_boxes.test_fulfilment import hard_up, ship
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

KEPT = Kept(meanwhile=(409, "idempotency_key_in_progress"), other=(422, "idempotency_key_reused"))


def path_of(box: dict[str, Any], act: str) -> str:
    return f"{BOXES}/{box['id']}/{act}"


async def acts(gifts: Gifts, make: Factory) -> list[Sent]:
    """Each possible as it stands, in this order."""
    ann, bob, cat, dan = [await make.member() for _ in range(4)]
    poor = await hard_up(make)
    box, sold_out = await gifts.box(), await gifts.box(quantity=1)
    fair = await gifts.fair_box()
    unpaid, dropped = [await gifts.ordered(ann, (box, 1), delivery=ADDRESS) for _ in range(2)]
    sent = await gifts.paid(bob, (box, 1), delivery=ADDRESS)
    assert await gifts.pack(sent) == [None]
    await ship(gifts, f"{sent},顺丰速运,SF0001")
    theirs = await gifts.ordered(cat, (sold_out, 1))
    assert (await gifts.wait(dan, sold_out)).status_code == 201
    assert (await gifts.cancel(cat, theirs)).status_code == 200
    line = {"box_id": (await gifts.box())["id"], "quantity": 1}
    return [
        Sent(ann, f"{ORDERS}/{unpaid}/payments"),
        Sent(ann, f"{ORDERS}/{dropped}/cancellation", {"reason": "买多了"}),
        Sent(bob, f"{ORDERS}/{sent}/receipt"),
        Sent(bob, ORDERS, {"lines": [line], "delivery": ADDRESS}),
        Sent(bob, path_of(sold_out, "waitlist")),
        Sent(bob, path_of(sold_out, "waitlist/withdrawal")),
        Sent(
            dan,
            f"{BOXES}/offers/{await gifts.offer(dan, sold_out)}/acceptance",
            {"delivery": ADDRESS},
        ),
        Sent(poor, path_of(fair, "free-claims"), {"delivery": ADDRESS}),
        Sent(poor, path_of(fair, "entry/withdrawal")),
    ]


async def test_a_repeat_is_told_that_the_first_is_under_way_and_then_its_answer(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    for sent in await acts(gifts, make):
        assert await sent_again(gifts.client, make, sent) == KEPT, sent.path
    await assert_books_are_right(rooms)
