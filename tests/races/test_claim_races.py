"""300 members, three presses each, 120 vouchers, two processes: exactly 120, nobody has two.

The control runs the same race in a database whose guards were taken out. It must
oversell, or the race proves nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from tests.conftest import empty, own_database
from tests.factories import Factory
from tests.races import drop
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

MEMBERS, PRESSES, VOUCHERS = 300, 3, 120
# Port 1 of loopback: nobody listens, a connection is refused at once.
NO_REDIS = "redis://127.0.0.1:1/0"
REFUSALS = {"limit_reached", "sold_out"}


@pytest.fixture
async def race(settings: Settings, identity_provider: IdentityProvider) -> AsyncIterator["Race"]:
    await empty(settings)
    async with open_rooms(settings) as rooms:
        yield Race(settings, rooms, Factory(rooms, identity_provider))


class Race:
    """The drop of this file, on one database."""

    def __init__(self, settings: Settings, rooms: Rooms, make: Factory) -> None:
        self.settings, self.rooms, self.make = settings, rooms, make

    async def run(self, halfway: Callable[[], None] | None = None) -> drop.Seen:
        batch = await self.make.batch(total=VOUCHERS, per_person_per_day=1)
        members: list[Member] = await self.make.members(MEMBERS)
        tokens = [self.make.token(member) for member in members]
        async with drop.service(self.settings) as urls:
            return await drop.press_all(urls, batch.id, tokens, presses=PRESSES, halfway=halfway)

    def assert_exact(self, seen: drop.Seen) -> None:
        assert seen.answers["201"] == VOUCHERS
        assert len(seen.vouchers) == VOUCHERS
        assert max(seen.by_member.values()) == 1
        assert set(seen.answers) - {"201"} <= REFUSALS, seen.answers
        assert sum(seen.answers.values()) == MEMBERS * PRESSES


async def test_exactly_the_vouchers_there_are_go_to_as_many_members(race: Race) -> None:
    seen = await race.run()
    race.assert_exact(seen)
    await assert_books_are_right(race.rooms, vouchers=set(seen.vouchers))


async def test_D16_the_same_when_redis_is_wiped_in_the_middle(race: Race) -> None:
    """newbee-mall-plus 17: Redis lost its data in mid-sale."""
    wiping: list[asyncio.Task[object]] = []
    redis = create_redis(race.settings)

    def wipe() -> None:
        wiping.append(asyncio.create_task(redis.flushdb()))

    seen = await race.run(halfway=wipe)
    await asyncio.gather(*wiping)
    await redis.aclose()
    assert wiping, "the race was over before the wipe"
    race.assert_exact(seen)
    await assert_books_are_right(race.rooms, vouchers=set(seen.vouchers))


async def test_the_same_when_redis_is_stopped_in_the_middle(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    await empty(settings)
    with drop.own_valkey() as (valkey, url):
        mortal = settings.model_copy(update={"redis_url": url})
        async with open_rooms(mortal) as rooms:
            race = Race(mortal, rooms, Factory(rooms, identity_provider))
            seen = await race.run(halfway=valkey.kill)
            assert valkey.wait(5) != 0, "Redis outlived the race"
            race.assert_exact(seen)
            await assert_books_are_right(rooms, vouchers=set(seen.vouchers))


async def test_the_control_oversells_without_the_guards(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    unguarded = await own_database(settings, "unguarded")
    await _take_the_guards_out(unguarded)
    await empty(unguarded)
    # Without Redis, too: the turnstile lets no more through than there is, and would hide it.
    unguarded = unguarded.model_copy(update={"redis_url": NO_REDIS})
    async with open_rooms(unguarded) as rooms:
        race = Race(unguarded, rooms, Factory(rooms, identity_provider))
        seen = await race.run()
    assert seen.answers["201"] > VOUCHERS or max(seen.by_member.values()) > 1, seen.answers


async def _take_the_guards_out(settings: Settings) -> None:
    """The flush without its locks, the tables without their checks and unique keys."""
    engine = create_async_engine(str(settings.database_url))
    async with engine.begin() as connection:
        source = str(
            await connection.scalar(text("SELECT pg_get_functiondef('stock_flush'::regproc::oid)"))
        )
        assert "FOR NO KEY UPDATE" in source
        await connection.exec_driver_sql(source.replace("FOR NO KEY UPDATE", ""))
        for table, constraint in (
            ("stock_pool", "ck_stock_pool_issued_within_total"),
            ("stock_use", "ck_stock_use_used_within_cap"),
            ("stock_entry", "pk_stock_entry"),
        ):
            await connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    await engine.dispose()
