"""Two workers take the turns of a fair opening at once: each ticket has one turn.

The control takes lock and keys out, and the same race must give more.
"""

import asyncio
from contextlib import nullcontext
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text

from app.models.draws import DrawTurn
from app.packs.couplets.fair_turns import TAKING
from app.packs.couplets.settling import SYSTEM
from app.routers.rooms import Rooms
from app.shared.draws import take_turns
from app.shared.identity.callers import Actor
from tests.coupletting import Couplets
from tests.factories import Factory
from tests.locks import unwritable
from tests.packs.couplets.books import assert_couplets_are_right
from tests.shared.identity.clients import Clients

pytestmark = pytest.mark.anyio

CROWD, PAIRS = 4, 2
TURN_KEY = "ALTER TABLE draw_turn {} CONSTRAINT pk_draw_turn"
ENTRY_KEY = "ALTER TABLE draw_turn {} CONSTRAINT uq_draw_turn_entry_id"


async def race(client: httpx.AsyncClient, make: Factory, *, is_guarded: bool = True) -> int:
    """How many turns were written, of a crowd whose order is drawn."""
    couplets = Couplets(client, make)
    event = await couplets.fair_event(reserved=PAIRS)
    for member in await make.members(CROWD):
        assert (await couplets.reserve(member, event)).status_code == 202
    draw = await couplets.close_window(event)
    await couplets.drawn(event)
    locks = nullcontext() if is_guarded else Clients(make).without_row_locks()
    # Both have looked whose turn it is, if looking does not wait, before either writes it down.
    with locks:
        async with unwritable(make.rooms.engine, "draw_turn") as until_waiting:
            workers = [asyncio.create_task(_work(make.rooms, UUID(draw["id"]))) for _ in range(2)]
            await until_waiting(2)
        await asyncio.gather(*workers)
    async with make.rooms.sessions() as session:
        return int(await session.scalar(select(func.count()).select_from(DrawTurn)) or 0)


async def _work(rooms: Rooms, draw_id: UUID) -> None:
    async with rooms.sessions.begin() as session:
        await take_turns(session, TAKING, draw_id, actor=Actor.system(SYSTEM, rooms.digester))


async def test_of_two_workers_one_takes_the_turns(client: httpx.AsyncClient, make: Factory) -> None:
    assert await race(client, make) == CROWD
    await assert_couplets_are_right(make.rooms)


async def test_the_control_without_lock_and_keys_takes_them_twice(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await _run(make, TURN_KEY.format("DROP"), ENTRY_KEY.format("DROP"))
    try:
        assert await race(client, make, is_guarded=False) > CROWD
    finally:
        await _run(
            make,
            "ALTER TABLE draw_turn DISABLE TRIGGER USER",
            "DELETE FROM draw_turn",
            "ALTER TABLE draw_turn ENABLE TRIGGER USER",
            TURN_KEY.format("ADD") + " PRIMARY KEY (draw_id, turn)",
            ENTRY_KEY.format("ADD") + " UNIQUE (entry_id)",
        )


async def _run(make: Factory, *statements: str) -> None:
    async with make.rooms.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
