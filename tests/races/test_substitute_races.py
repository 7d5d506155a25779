"""A box comes free while the next in the order stops waiting: they have it, or they are out, and
not both. The control takes row locks out, and both are told."""

import asyncio
from contextlib import nullcontext

import httpx
import pytest

from app.models.states import Category
from tests.factories import Factory
from tests.gifting import Gifts
from tests.locks import unwritable
from tests.shared.identity.clients import Clients
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def race(
    client: httpx.AsyncClient, make: Factory, *, is_guarded: bool = True
) -> tuple[int, bool]:
    """What the one who stops waiting hears, and whether a box is theirs all the same."""
    gifts = Gifts(client, make)
    box = await gifts.fair_box(free_quantity=1)
    crowd = [await make.member(categories=[Category.HARDSHIP]) for _ in range(2)]
    for member in crowd:
        assert (await gifts.claim_free(member, box)).status_code == 202
    await gifts.close_window(box)
    await gifts.drawn(box)
    await gifts.work_off()
    entries = [await gifts.entry(member, box) for member in crowd]
    first, second = sorted(zip(entries, crowd, strict=True), key=lambda each: each[0]["place"])
    locks = nullcontext() if is_guarded else Clients(make).without_row_locks()
    with locks:
        async with unwritable(make.rooms.engine, "gift_boxes_ask") as until_waiting:
            # Has looked, and has nothing yet, before the box comes free.
            leaving = asyncio.create_task(gifts.take_back(second[1], box))
            await until_waiting(1)
            giving = asyncio.create_task(gifts.cancel(first[1], first[0]["order_id"]))
            if is_guarded:
                await until_waiting(2)
            else:
                assert (await giving).status_code == 200
        left, given_back = await asyncio.gather(leaving, giving)
    assert given_back.status_code == 200, given_back.text
    return left.status_code, (await gifts.entry(second[1], box))["order_id"] is not None


async def test_who_stops_waiting_while_a_box_comes_free_has_none(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await race(client, make) == (200, False)
    await assert_books_are_right(make.rooms)


async def test_the_control_without_row_locks_says_both(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await race(client, make, is_guarded=False) == (200, True)
