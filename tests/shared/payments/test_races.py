"""The provider's word from several sides at once, while the hold lapses: one order, paid once.

The control runs the race of the two payments without the payable's lock, in a database without
the unique key behind it. It must keep money twice, or the race proves nothing.
"""

import asyncio
from collections import Counter

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.identity_provider import IdentityProvider
from app.embedded.wechat_pay import Sandbox
from app.main import open_rooms
from app.models.states_of_payments import EventSource
from app.platform.settings import Settings
from app.shared.payments.hearing import hear
from app.shared.payments.wechat.reading import read_trade
from tests.conftest import own_database
from tests.factories import Factory
from tests.locks import unwritable
from tests.refusals import NOTING
from tests.shared.payments import toy
from tests.shared.payments.shop import Shop, selling

pytestmark = pytest.mark.anyio

ORDERS, TIMES = 4, 2
# Without the guards those who meet may also end each other as a deadlock, and one is left.
ORDERS_OF_THE_CONTROL = 16
UNGUARDED = "DROP INDEX uq_payment_paid"


async def race(shop: Shop, *, unguarded: bool = False) -> Counter[int]:
    """How often the money of each order was kept, when two attempts of each are paid and told of
    together, each several times; with the guards in place, while the order lapses."""
    kept: Counter[int] = Counter()
    orders = ORDERS_OF_THE_CONTROL if unguarded else ORDERS
    await shop.shelf(orders)
    for _ in range(orders):
        member, order_id, first = await shop.started()
        await shop.lapse(order_id, "placed")
        await shop.work_off()
        second = await shop.start(member, order_id)
        paid = [await shop.phone(first, late=True), await shop.phone(second)]
        trades = [read_trade(each, str(each)) for each in paid]
        # Each stands before the payments' table, having looked, and all go on together.
        async with unwritable(shop.rooms.engine, "payment") as until_waiting:
            told = [
                asyncio.create_task(
                    hear(shop.rooms.sessions, shop.rooms.payments, trade, source=EventSource.QUERY)
                )
                for trade in trades * TIMES
            ]
            if not unguarded:
                # It takes its locks in the one order; who takes them in another would be ended as
                # a deadlock with it, now and then, instead of keeping the money twice.
                told.append(asyncio.create_task(shop.lapse(order_id)))
            await until_waiting(len(told))
        heard = await asyncio.gather(*told, return_exceptions=True)
        strange = [each for each in heard if isinstance(each, Exception)]
        assert unguarded or not strange, strange
        kept[(await shop.ordered(order_id))["kept_count"]] += 1
        if unguarded and max(kept) > 1:
            break
    return kept


async def test_D6_two_payments_of_one_order_told_of_at_once_keep_one(shop: Shop) -> None:
    """medusa 16569: direct concurrent changes of one thing."""
    assert await race(shop) == Counter({1: ORDERS})
    await shop.work_off()
    await shop.deliver()
    await shop.assert_right()
    async with shop.rooms.sessions() as session:
        states = await session.scalars(text("SELECT state FROM payment"))
        assert Counter(states) == Counter(paid=ORDERS, surplus=ORDERS)


async def test_without_the_lock_and_the_key_money_is_kept_twice(
    unguarded: Settings, sandbox: Sandbox, identity_provider: IdentityProvider
) -> None:
    async with open_rooms(unguarded) as opened, httpx.AsyncClient(event_hooks=NOTING) as client:
        rooms = selling(opened, toy.UNGUARDED)
        await toy.make_tables(rooms.engine)
        shop = Shop(FastAPI(), client, Factory(rooms, identity_provider), sandbox, rooms)
        kept = await race(shop, unguarded=True)
    assert max(kept) > 1, kept


@pytest.fixture
async def unguarded(settings: Settings) -> Settings:
    """A database of its own, with the guard taken out of its schema."""
    own = await own_database(settings, "unpaid")
    engine = create_async_engine(str(own.database_url))
    async with engine.begin() as connection:
        await connection.execute(text(UNGUARDED))
    await engine.dispose()
    return own
