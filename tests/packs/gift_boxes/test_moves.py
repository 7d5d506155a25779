"""The table of moves: what stands in it is done, every other move is a 409 that changes nothing."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes.rules import MOVES
from app.shared.identity.callers import Member
from tests.factories import Factory
from tests.gifting import HOLD, Gifts, told
from tests.routers.test_districts import contents

pytestmark = pytest.mark.anyio

S = OrderState
# What a buyer or staff may try, by the move that it would be.
Act = Callable[[Gifts, Member, str], Awaitable[httpx.Response]]


async def pay(gifts: Gifts, member: Member, order_id: str) -> httpx.Response:
    return await gifts.of_order(member, order_id, "payments")


async def cancel(gifts: Gifts, member: Member, order_id: str) -> httpx.Response:
    return await gifts.cancel(member, order_id)


async def refund(gifts: Gifts, _: Member, order_id: str) -> httpx.Response:
    return await gifts.refund(order_id)


ACTS: dict[str, Act] = {"pay": pay, "cancel": cancel, "refund": refund}


async def test_every_other_move_is_refused_and_changes_nothing(gifts: Gifts, make: Factory) -> None:
    box, ann = await gifts.box(quantity=9, per_person=9), await make.member()
    lapsed = await gifts.ordered(ann, (box, 1))
    await gifts.later(HOLD)
    await gifts.work_off()
    given_up = await gifts.ordered(ann, (box, 1))
    await gifts.cancel(ann, given_up)
    returned = await gifts.paid(ann, (box, 1))
    await gifts.refund(returned)
    orders = [
        (S.PLACED, await gifts.ordered(ann, (box, 1))),
        (S.PAID, await gifts.paid(ann, (box, 1))),
        (S.CANCELLED, lapsed),
        (S.CANCELLED, given_up),
        (S.REFUNDED, returned),
    ]
    tried = 0
    for state, order_id in orders:
        assert await gifts.state(ann, order_id) == state
        for name, act in ACTS.items():
            if name in MOVES[state]:
                continue
            before = await contents(make.rooms)
            refused = told(await act(gifts, ann, order_id))
            assert refused in {(409, "state_conflict"), (409, "order_expired")}, (state, name)
            assert await contents(make.rooms) == before
            tried += 1
    assert tried == 12
