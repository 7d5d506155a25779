"""Units granted among the other statements of somebody's own transaction."""

import asyncio

import pytest

from app.models.states import PoolState
from app.shared.stock import Verdict, grant
from tests.shared.stock.rig import Books, Person, Process, people, press_of

pytestmark = pytest.mark.anyio


async def test_what_is_granted_stands_with_the_rest_of_the_transaction(
    here: Process, books: Books
) -> None:
    pool = await books.pool(3)
    presses = [press_of(pool, who) for who in people(5)]
    async with books.sessions.begin() as session:
        decisions = await grant(session, pool.id, presses, here.pack.recorder)
    assert [each.verdict for each in decisions] == [Verdict.GRANTED] * 3 + [Verdict.SOLD_OUT] * 2
    assert [each.row and each.row.seq for each in decisions] == [1, 2, 3, None, None]
    await books.assert_right()


async def test_what_is_not_committed_was_never_granted(here: Process, books: Books) -> None:
    pool = await books.pool(3)
    async with books.sessions() as session:
        await grant(session, pool.id, [press_of(pool, Person())], here.pack.recorder)
        await session.rollback()
    assert ((await books.read(pool.id)).issued, await books.entries(pool)) == (0, [])
    await books.assert_right()


async def test_a_known_claim_gets_its_unit_again(here: Process, books: Books) -> None:
    pool, who = await books.pool(3), Person()
    first = await here.press(pool, who)
    async with books.sessions.begin() as session:
        [again] = await grant(session, pool.id, [press_of(pool, who)], here.pack.recorder)
    assert (again.verdict, again.row) == (Verdict.REPEATED, first.row)


async def test_a_pool_that_does_not_issue_says_so(here: Process, books: Books) -> None:
    pool = await books.pool(3, state=PoolState.PAUSED)
    async with books.sessions.begin() as session:
        [decision] = await grant(session, pool.id, [press_of(pool, Person())], here.pack.recorder)
    assert decision.verdict is Verdict.PAUSED


async def test_a_crowd_waits_for_it_and_nobody_gets_one_too_many(
    here: Process, books: Books
) -> None:
    pool = await books.pool(3)
    async with books.sessions.begin() as session:
        granted = await grant(
            session, pool.id, [press_of(pool, who) for who in people(2)], here.pack.recorder
        )
        crowd = asyncio.gather(*(here.press(pool, who) for who in people(5)))
        await books.someone_waits_for(await session.connection())
    verdicts = [each.verdict for each in [*granted, *await crowd]]
    assert verdicts.count(Verdict.GRANTED) == 3
    await books.assert_right()
