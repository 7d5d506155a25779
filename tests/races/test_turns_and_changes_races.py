"""The last turns of a fair opening are taken while staff change how many there are: both are done,
and neither waits for the other in a circle.

The control takes the pools' locks before the thing's own: the database has to end one of the two.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import Category
from app.packs.couplets.fair_turns import TAKING as OF_COUPLETS
from app.packs.couplets.settling import lock_all
from app.packs.gift_boxes.fair_turns import taking
from app.packs.gift_boxes.queries import BoxFacts
from app.shared.draws import Taking, take_turns
from app.shared.stock import lock_pools
from tests.coupletting import Couplets
from tests.factories import Factory
from tests.gifting import Gifts
from tests.locks import unwritable
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

Lock = Callable[[AsyncSession, Any], Awaitable[object]]


async def of_boxes(client: httpx.AsyncClient, make: Factory, lock: Lock | None = None) -> bool:
    gifts = Gifts(client, make)
    box = await gifts.fair_box(free_quantity=1)
    for _ in range(2):
        poor = await make.member(categories=[Category.HARDSHIP])
        assert (await gifts.claim_free(poor, box)).status_code == 202
    await gifts.close_window(box)
    await gifts.drawn(box)
    own = taking(make.rooms.sealer)
    return await race(
        make,
        own if lock is None else replace(own, lock=lock),
        UUID(box["fair"]["draw_id"]),
        lambda: gifts.restock(box, 1, 2, pool="free"),
    )


async def of_couplets(client: httpx.AsyncClient, make: Factory, lock: Lock | None = None) -> bool:
    couplets = Couplets(client, make)
    event = await couplets.fair_event(reserved=1)
    for member in await make.members(2):
        assert (await couplets.reserve(member, event)).status_code == 202
    draw = await couplets.close_window(event)
    await couplets.drawn(event)
    return await race(
        make,
        OF_COUPLETS if lock is None else replace(OF_COUPLETS, lock=lock),
        UUID(draw["id"]),
        lambda: couplets.stock(event, pool="reserved", expected_total=1, total=2),
    )


async def race(
    make: Factory,
    how: Taking[Any],
    draw_id: UUID,
    change: Callable[[], Awaitable[httpx.Response]],
) -> bool:
    """Whether both were done."""

    async def turns() -> None:
        async with make.rooms.sessions.begin() as session:
            await take_turns(session, how, draw_id, actor=make.actor)

    async def changed() -> None:
        assert (await change()).status_code == 200

    async with unwritable(make.rooms.engine, "draw_turn") as until_waiting:
        # Has its locks, and has still to write that whoever comes first is served.
        taken = asyncio.create_task(turns())
        await until_waiting(1)
        staff = asyncio.create_task(changed())
        await until_waiting(2)
    return await asyncio.gather(taken, staff, return_exceptions=True) == [None, None]


async def test_staff_add_free_boxes_while_the_last_turns_are_taken(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await of_boxes(client, make)
    await assert_books_are_right(make.rooms)


async def test_staff_add_paper_while_the_last_turns_are_taken(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await of_couplets(client, make)
    await assert_books_are_right(make.rooms)


async def test_the_control_that_locks_the_pools_first_ends_one_of_the_two(
    client: httpx.AsyncClient, make: Factory
) -> None:
    async def pool_alone(session: AsyncSession, box: BoxFacts) -> None:
        await lock_pools(session, [box.free.id])

    assert not await of_boxes(client, make, pool_alone)
    assert not await of_couplets(client, make, lock_all)
