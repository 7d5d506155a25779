"""What a press is answered, press by press."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from app.models.states import PoolState
from app.platform.db import sqlstate
from app.platform.ids import new_id
from app.shared.stock import Verdict
from tests.shared.stock.rig import HOUR, Books, Person, Process, people, press_of

pytestmark = pytest.mark.anyio

GATED_AND_NOT = pytest.mark.parametrize("gated", [True, False], ids=["gated", "books_alone"])


@GATED_AND_NOT
async def test_a_unit_is_granted_once_and_its_repeat_shows_the_same(
    here: Process, there: Process, books: Books, gated: bool
) -> None:
    pool, who = await books.pool(2), Person()
    first = await here.press(pool, who, gated=gated)
    again = [await each.press(pool, who, gated=gated) for each in (here, there)]
    assert first.verdict is Verdict.GRANTED
    assert [each.verdict for each in again] == [Verdict.REPEATED] * 2
    assert [each.row for each in again] == [first.row] * 2
    assert (await books.read(pool.id)).issued == 1
    await books.assert_right()


@GATED_AND_NOT
async def test_a_key_with_another_body_is_refused(here: Process, books: Books, gated: bool) -> None:
    pool, who = await books.pool(2), Person()
    await here.press(pool, who, body=b"one", gated=gated)
    other = await here.press(pool, who, body=b"two", gated=gated)
    assert other.verdict is Verdict.KEY_REUSED
    assert (await books.read(pool.id)).issued == 1


async def test_two_bodies_under_one_key_at_once_get_one_unit(here: Process, books: Books) -> None:
    pool, who = await books.pool(5), Person()
    answers = await asyncio.gather(
        *(here.press(pool, who, body=body, gated=False) for body in (b"one", b"two", b"one"))
    )
    assert [each.verdict for each in answers] == [
        Verdict.GRANTED,
        Verdict.KEY_REUSED,
        Verdict.GRANTED,
    ]
    assert answers[0].row == answers[2].row
    await books.assert_right()


@GATED_AND_NOT
async def test_units_go_in_the_order_of_the_presses(
    here: Process, books: Books, gated: bool
) -> None:
    pool, crowd = await books.pool(5), people(8)
    answers = await asyncio.gather(*(here.press(pool, who, gated=gated) for who in crowd))
    assert [each.row.seq for each in answers if each.row] == [1, 2, 3, 4, 5]
    assert [each.verdict for each in answers[5:]] == [Verdict.SOLD_OUT] * 3
    await books.assert_right()


@GATED_AND_NOT
@pytest.mark.parametrize(
    ("state", "opens", "closes", "verdict"),
    [
        (PoolState.DRAFT, -HOUR, HOUR, Verdict.NOT_OPEN),
        (PoolState.PAUSED, -HOUR, HOUR, Verdict.PAUSED),
        (PoolState.ENDED, -HOUR, HOUR, Verdict.ENDED),
        (PoolState.RUNNING, HOUR, 2 * HOUR, Verdict.NOT_OPEN),
        (PoolState.RUNNING, -2 * HOUR, -HOUR, Verdict.ENDED),
        (PoolState.PAUSED, HOUR, 2 * HOUR, Verdict.NOT_OPEN),
        (PoolState.PAUSED, -2 * HOUR, -HOUR, Verdict.ENDED),
        (PoolState.ENDED, HOUR, 2 * HOUR, Verdict.ENDED),
    ],
)
async def test_turnstile_and_books_refuse_a_pool_that_is_not_open_alike(
    here: Process,
    books: Books,
    state: PoolState,
    opens: timedelta,
    closes: timedelta,
    verdict: Verdict,
    gated: bool,
) -> None:
    pool = await books.pool(1, state=state, opens=opens, closes=closes)
    assert (await here.press(pool, Person(), gated=gated)).verdict is verdict
    assert (await books.read(pool.id)).seq == 0


@GATED_AND_NOT
async def test_the_window_is_judged_by_moved_time(here: Process, books: Books, gated: bool) -> None:
    pool, who = await books.pool(9, opens=2 * HOUR, closes=4 * HOUR), Person()
    seen = []
    for _ in range(3):
        seen.append((await here.press(pool, who, key=str(len(seen)), gated=gated)).verdict)
        await books.move_clock(2 * HOUR, here)
    assert seen[0] is Verdict.NOT_OPEN
    assert seen[1] is Verdict.GRANTED
    assert seen[2] is Verdict.ENDED


async def test_a_person_has_no_more_a_day_than_the_limit_over_all_accounts(
    here: Process, books: Books
) -> None:
    pool, who = await books.pool(9, per_day=2, in_all=3), Person()
    accounts = [who, who.other_account(), who.other_account()]
    days = []
    for _ in range(2):
        answers = await asyncio.gather(
            *(here.press(pool, each, key=f"day {len(days)}") for each in accounts)
        )
        days.append([each.verdict for each in answers])
        await books.move_clock(24 * HOUR, here)
    assert days == [
        [Verdict.GRANTED, Verdict.GRANTED, Verdict.DAY_LIMIT],
        [Verdict.GRANTED, Verdict.TOTAL_LIMIT, Verdict.TOTAL_LIMIT],
    ]
    await books.assert_right()


async def test_a_group_counts_over_its_pools_by_each_pools_own_limit(
    here: Process, books: Books
) -> None:
    wide = await books.pool(9, group="series", in_all=3)
    narrow = await books.pool(9, group="series", in_all=1)
    free = await books.pool(9, group="series")
    who, other = Person(), Person()
    assert (await here.press(wide, who)).verdict is Verdict.GRANTED
    assert (await here.press(narrow, who)).verdict is Verdict.TOTAL_LIMIT
    for key in "abc":
        assert (await here.press(free, who, key)).verdict is Verdict.GRANTED
    assert (await here.press(wide, who, "more")).verdict is Verdict.TOTAL_LIMIT
    assert (await here.press(narrow, other)).verdict is Verdict.GRANTED
    await books.assert_right()


async def test_somebody_over_the_limit_takes_no_unit_from_those_behind(
    here: Process, books: Books
) -> None:
    pool, greedy, modest = await books.pool(2, in_all=1), Person(), Person()
    answers = await asyncio.gather(
        here.press(pool, greedy, "a", gated=False),
        here.press(pool, greedy, "b", gated=False),
        here.press(pool, modest, gated=False),
    )
    assert [each.verdict for each in answers] == [
        Verdict.GRANTED,
        Verdict.TOTAL_LIMIT,
        Verdict.GRANTED,
    ]


async def test_whoever_found_nothing_left_is_not_told_of_a_limit(
    here: Process, books: Books
) -> None:
    pool, quick, late = await books.pool(1, in_all=1), Person(), Person()
    answers = await asyncio.gather(
        here.press(pool, quick, gated=False),
        here.press(pool, late, "a", gated=False),
        here.press(pool, late, "b", gated=False),
        here.press(pool, quick, "b", gated=False),
    )
    assert [each.verdict for each in answers] == [
        Verdict.GRANTED,
        Verdict.SOLD_OUT,
        Verdict.SOLD_OUT,
        Verdict.TOTAL_LIMIT,
    ]


@pytest.mark.parametrize(
    ("per_day", "in_all", "limit"),
    [(1, 2, Verdict.DAY_LIMIT), (2, 1, Verdict.TOTAL_LIMIT), (1, 1, Verdict.TOTAL_LIMIT)],
)
async def test_every_press_too_many_meets_the_limit_that_is_reached(
    here: Process, books: Books, per_day: int, in_all: int, limit: Verdict
) -> None:
    """At once or one after the other: two more of them do not reach the other limit."""
    pool, who = await books.pool(9, per_day=per_day, in_all=in_all), Person()
    answers = await asyncio.gather(*(here.press(pool, who, key, gated=False) for key in "abc"))
    assert [each.verdict for each in answers] == [Verdict.GRANTED, limit, limit]


async def test_recall_answers_without_trying(here: Process, books: Books) -> None:
    pool, who = await books.pool(5), Person()
    recorder = here.pack.recorder
    assert await here.stock.recall(press_of(pool, who), recorder) is None
    granted = await here.press(pool, who)
    known = await here.stock.recall(press_of(pool, who), recorder)
    other = await here.stock.recall(press_of(pool, who, body=b"other"), recorder)
    assert known is not None
    assert other is not None
    assert known.row == granted.row
    assert other.verdict is Verdict.KEY_REUSED
    assert (await books.read(pool.id)).issued == 1


async def test_a_press_on_a_pool_that_is_not_there_is_our_own_mistake(
    here: Process, books: Books
) -> None:
    pool = await books.pool()
    ghost = replace(pool, id=new_id())
    with pytest.raises(DBAPIError) as caught:
        await here.press(ghost, Person())
    assert sqlstate(caught.value) == "P0002"
