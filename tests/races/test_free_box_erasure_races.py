"""Somebody is erased while it is their turn for a free box, or while one comes free for them: what
they asked for is gone with them, and nobody waits for anybody in a circle.

In the controls nobody holds the account first: an order is left with the address of somebody who
is erased, and the database has to end one of the two.
"""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.models.states import Category
from app.packs.gift_boxes import fair_turns, substitutes
from app.shared.draws import take_turns
from app.shared.identity.callers import Member
from tests.factories import Factory
from tests.gifting import ADDRESS, Gifts
from tests.locks import unwritable
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

ADDRESSES = text("SELECT count(*) FROM gift_boxes_order WHERE address_sealed IS NOT NULL")


async def asked(gifts: Gifts, count: int, **plan: Any) -> tuple[dict[str, Any], list[Member]]:
    """A fair opening whose order is drawn, and the crowd, who have it sent."""
    box = await gifts.fair_box(**plan)
    crowd = [await gifts.make.member(categories=[Category.HARDSHIP]) for _ in range(count)]
    for member in crowd:
        assert (await gifts.claim_free(member, box, **ADDRESS)).status_code == 202
    await gifts.close_window(box)
    await gifts.drawn(box)
    return box, crowd


async def erase(gifts: Gifts, member: Member) -> None:
    answer = await gifts.client.post("/v1/me/erasure", headers=gifts.as_member(member))
    assert answer.status_code == 200, answer.text


async def addresses_left(client: httpx.AsyncClient, make: Factory) -> int:
    """Of one who is erased while their turn is taken."""
    gifts = Gifts(client, make)
    box, [member] = await asked(gifts, 1, free_quantity=1)

    async def turns() -> None:
        async with make.rooms.sessions.begin() as session:
            how, draw_id = fair_turns.taking(make.rooms.sealer), UUID(box["fair"]["draw_id"])
            await take_turns(session, how, draw_id, actor=make.actor)

    async with unwritable(make.rooms.engine, "erasure") as until_waiting:
        # All of it is gone, and it has still to be written that it is.
        erasing = asyncio.create_task(erase(gifts, member))
        await until_waiting(1)
        taking = asyncio.create_task(turns())
        await until_waiting(2)
    await asyncio.gather(erasing, taking)
    async with make.rooms.sessions() as session:
        return int(await session.scalar(ADDRESSES) or 0)


async def are_both_done(client: httpx.AsyncClient, make: Factory) -> bool:
    """Of one who is erased while a box that came free is given to them."""
    gifts = Gifts(client, make)
    box, crowd = await asked(gifts, 2, free_quantity=1)
    await gifts.work_off()
    [waiting] = [each for each in crowd if (await gifts.entry(each, box))["state"] == "waiting"]

    async def more() -> None:
        assert (await gifts.restock(box, 1, 2, pool="free")).status_code == 200

    async with unwritable(make.rooms.engine, "gift_boxes_order") as until_waiting:
        # Has what they asked for, and has still to write their order.
        giving = asyncio.create_task(more())
        await until_waiting(1)
        erasing = asyncio.create_task(erase(gifts, waiting))
        await until_waiting(2)
    return await asyncio.gather(giving, erasing, return_exceptions=True) == [None, None]


async def test_who_is_erased_when_it_is_their_turn_leaves_no_address(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await addresses_left(client, make) == 0
    await assert_books_are_right(make.rooms)


async def test_who_is_erased_while_a_box_comes_free_for_them_holds_nobody_up(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await are_both_done(client, make)
    await assert_books_are_right(make.rooms)


async def test_the_control_leaves_an_address_where_nobody_holds_the_account(
    client: httpx.AsyncClient, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_turns, "hold_accounts", _hold_nobody)
    assert await addresses_left(client, make) == 1


async def test_the_control_ends_one_of_the_two_where_nobody_holds_the_account(
    client: httpx.AsyncClient, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(substitutes, "hold_accounts", _hold_nobody)
    assert not await are_both_done(client, make)


async def _hold_nobody(*_: object) -> None:
    """The guard, taken out."""
