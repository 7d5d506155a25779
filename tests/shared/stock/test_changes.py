"""Changes of a pool, and units that come back."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.models.states import PoolState
from app.platform.clock import shanghai_day
from app.platform.db import sqlstate
from app.platform.errors import VersionStale
from app.platform.ids import new_id
from app.shared.stock import BelowIssued, Verdict, uses
from app.shared.stock.books import lock_pools
from tests.shared.stock.rig import HOUR, Books, Person, Process, people, press_of

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def test_a_change_is_a_line_of_the_books(here: Process, books: Books) -> None:
    pool = await books.pool(5)
    await here.press(pool, Person())
    changed = await books.change(pool, expected_total=5, total=8, state=PoolState.PAUSED)
    assert (changed.total, changed.state, changed.seq) == (8, PoolState.PAUSED, 2)
    last = (await books.entries(pool))[-1]
    assert (last.seq, last.quantity, last.total_after, last.why) == (2, 0, 8, "test")
    await books.assert_right()


async def test_what_is_not_named_stays(books: Books) -> None:
    pool = await books.pool(5)
    changed = await books.change(pool, closes_at=pool.closes_at + DAY)
    assert (changed.total, changed.state, changed.opens_at) == (5, pool.state, pool.opens_at)
    assert changed.closes_at == pool.closes_at + DAY


async def test_a_total_that_somebody_else_changed_is_not_overwritten(books: Books) -> None:
    pool = await books.pool(5)
    await books.change(pool, expected_total=5, total=7)
    with pytest.raises(VersionStale) as caught:
        await books.change(pool, expected_total=5, total=6)
    assert caught.value.facts == {"total": 7}
    assert (await books.read(pool.id)).total == 7


async def test_two_changes_of_one_total_at_once_count_once(books: Books) -> None:
    pool = await books.pool(5)
    answers = await asyncio.gather(
        *(books.change(pool, expected_total=5, total=total) for total in (6, 7, 8)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, VersionStale) for each in answers) == 2
    assert (await books.read(pool.id)).seq == 1


async def test_no_total_goes_below_what_is_issued(here: Process, books: Books) -> None:
    pool = await books.pool(5)
    await asyncio.gather(*(here.press(pool, who) for who in people(3)))
    with pytest.raises(BelowIssued) as caught:
        await books.change(pool, total=2)
    assert caught.value.facts == {"issued": 3}
    assert (await books.change(pool, total=3)).free == 0


async def test_after_a_pause_is_committed_nothing_more_is_issued(
    here: Process, there: Process, books: Books
) -> None:
    """In the middle of a rush, and nobody tells the turnstile."""
    pool = await books.pool(100_000)
    under_way, stop = asyncio.Event(), asyncio.Event()

    async def eager(process: Process, place: int) -> None:
        while not stop.is_set():
            decision = await process.press(pool, Person(), str(place))
            if decision.row and decision.row.seq > 100:
                under_way.set()

    crowd = [
        asyncio.create_task(eager(each, place)) for each in (here, there) for place in range(20)
    ]
    await under_way.wait()
    paused = await books.change(pool, state=PoolState.PAUSED)
    assert (await here.press(pool, Person(), gated=False)).verdict is Verdict.PAUSED
    stop.set()
    await asyncio.gather(*crowd)
    assert await books.read(pool.id) == paused
    await books.assert_right()


async def test_a_unit_comes_back_once(here: Process, books: Books) -> None:
    pool, who = await books.pool(1, in_all=1), Person()
    claim_id = press_of(pool, who).claim_id
    await here.press(pool, who)
    returned = await asyncio.gather(*(books.give_back(claim_id) for _ in range(5)))
    assert sorted(returned) == [False] * 4 + [True]
    assert (await books.read(pool.id)).issued == 0
    entries = await books.entries(pool)
    assert [(each.seq, each.quantity) for each in entries] == [(1, 1), (2, -1)]
    await books.assert_right()


async def test_what_came_back_goes_to_the_next_and_frees_the_limit(
    here: Process, books: Books
) -> None:
    pool, first, next_one = await books.pool(1, in_all=1), Person(), Person()
    granted = await here.press(pool, first)
    assert (await here.press(pool, next_one)).verdict is Verdict.SOLD_OUT
    await books.give_back(press_of(pool, first).claim_id)
    await here.stock.announce(pool)
    assert (await here.press(pool, next_one)).verdict is Verdict.GRANTED
    await books.change(pool, total=2)
    await here.stock.announce(pool)
    assert (await here.press(pool, first, "again")).verdict is Verdict.GRANTED
    # The key of the returned unit still answers what it answered.
    again = await here.press(pool, first)
    assert (again.verdict, again.row) == (Verdict.REPEATED, granted.row)
    await books.assert_right()


async def test_a_return_frees_the_day_of_its_grant(here: Process, books: Books) -> None:
    pool, who = await books.pool(9, per_day=1), Person()
    await here.press(pool, who, "monday")
    await books.move_clock(DAY, here)
    await here.press(pool, who, "tuesday")
    await books.give_back(press_of(pool, who, "monday").claim_id)
    assert (await here.press(pool, who, "more")).verdict is Verdict.DAY_LIMIT
    grant, _, returned = await books.entries(pool)
    assert returned.day == grant.day
    assert returned.day == shanghai_day(grant.at) == shanghai_day(returned.at) - DAY
    await books.assert_right()


async def test_what_was_never_granted_cannot_come_back(books: Books) -> None:
    with pytest.raises(DBAPIError) as caught:
        await books.give_back(new_id())
    assert sqlstate(caught.value) == "P0002"


async def test_uses_tell_a_day_and_all_days(here: Process, books: Books) -> None:
    pool, other = [await books.pool(9) for _ in range(2)]
    who = Person()
    await here.press(pool, who, "one")
    await books.move_clock(DAY, here)
    await here.press(pool, who, "two")
    async with books.sessions() as session:
        found = await uses(
            session,
            person_id=who.person_id,
            group_ids=[pool.group_id, other.group_id],
            day=here.clock.today(),
        )
    assert found == {pool.group_id: (1, 2)}


@pytest.mark.parametrize("table", ["stock_group", "stock_pool"])
async def test_locks_are_taken_in_the_order_of_ids(books: Books, table: str) -> None:
    """Else two transactions that name the same pools could wait for each other."""
    pools = [await books.pool() for _ in range(2)]
    low, high = sorted(pool.group_id if table == "stock_group" else pool.id for pool in pools)
    one_row = f"SELECT 1 FROM {table} WHERE id = :id FOR UPDATE"
    async with books.engine.begin() as connection:
        # The lower id now stands behind the higher one in the file.
        await connection.execute(text(f"UPDATE {table} SET id = id WHERE id = :id"), {"id": low})

    async def lock_all() -> None:
        async with books.sessions.begin() as session:
            # A plan that reads the file as it lies, which is the server's to choose.
            for way in ("indexscan", "bitmapscan", "hashjoin"):
                await session.execute(text(f"SET LOCAL enable_{way} = off"))
            await lock_pools(session, [pool.id for pool in pools])

    async with books.engine.begin() as holding:
        await holding.execute(text(one_row), {"id": low})
        locking = asyncio.create_task(lock_all())
        await books.someone_waits_for(holding)
        async with books.engine.begin() as other:
            await other.execute(text(f"{one_row} NOWAIT"), {"id": high})
    await locking


async def test_presses_returns_and_changes_at_once_stop_each_other_nowhere(
    here: Process, there: Process, books: Books
) -> None:
    pools = [await books.pool(40, group="series", in_all=3) for _ in range(2)]
    crowd = people(15)

    async def take_and_give(process: Process, who: Person) -> None:
        for key in "abcd":
            for pool in pools:
                if (await process.press(pool, who, key)).verdict is Verdict.GRANTED:
                    await books.give_back(press_of(pool, who, key).claim_id)

    async def steer() -> None:
        for step in range(10):
            for pool in pools:
                state = PoolState.PAUSED if step % 2 else PoolState.RUNNING
                await books.change(pool, state=state, total=40 + step)
                await here.stock.announce(pool)

    await asyncio.gather(
        *(take_and_give(each, who) for who in crowd for each in (here, there)), steer()
    )
    await books.assert_right()
    assert sum([(await books.read(pool.id)).issued for pool in pools]) == 0


async def test_a_window_that_moved_is_felt_at_once(here: Process, books: Books) -> None:
    pool = await books.pool(5, opens=HOUR, closes=2 * HOUR)
    assert (await here.press(pool, Person())).verdict is Verdict.NOT_OPEN
    moved = await books.change(pool, opens_at=pool.opens_at - 2 * HOUR)
    await here.stock.announce(moved)
    assert (await here.press(pool, Person())).verdict is Verdict.GRANTED
