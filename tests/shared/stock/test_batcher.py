"""Presses decided together: who suffers from whom, and what holds when an answer is lost."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.platform.clock import Clock
from app.platform.errors import TemporarilyUnavailable
from app.platform.settings import Settings
from app.shared.stock import Outdated, Stock, Verdict, batcher
from app.shared.stock.batcher import Batcher
from app.shared.stock.turnstile import _Lane
from tests.shared.stock.little_pack import POISON, STALE, UNREADABLE
from tests.shared.stock.lost_answers import Wire, wire
from tests.shared.stock.rig import Books, Person, Process, people, process
from tests.shared.stock.watch import Watch

pytestmark = pytest.mark.anyio


async def test_a_crowd_is_decided_in_few_flushes_one_at_a_time(here: Process, books: Books) -> None:
    """Those that arrive while a flush runs are the next flush, however the waves fall."""
    pool, watch = await books.pool(10_000), Watch(here.engine)

    async def eager(place: int) -> None:
        who = Person()
        for press in range(12):
            await here.press(pool, who, str(press), gated=False)
            if place % 3:
                await asyncio.sleep(0)

    await asyncio.gather(*(eager(place) for place in range(40)))
    assert watch.most_at_once == 1
    assert watch.presses == 40 * 12
    assert len(watch.presses_per_flush) < 100


async def test_a_flush_takes_no_more_than_its_measure(here: Process, books: Books) -> None:
    pool, watch = await books.pool(10_000), Watch(here.engine)
    await asyncio.gather(*(here.press(pool, who, gated=False) for who in people(600)))
    assert watch.presses_per_flush == [256, 256, 88]


async def test_the_newest_of_too_many_is_sent_away(
    here: Process, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher, "QUEUE", 8)
    pool = await books.pool(100)
    answers = await asyncio.gather(
        *(here.press(pool, who, gated=False) for who in people(10)), return_exceptions=True
    )
    assert [isinstance(each, TemporarilyUnavailable) for each in answers] == [False] * 8 + [
        True
    ] * 2
    assert (await books.read(pool.id)).issued == 8


@pytest.mark.parametrize(
    ("note", "error"), [(POISON, IntegrityError), (UNREADABLE, ValueError)], ids=["sql", "code"]
)
async def test_a_press_that_cannot_be_recorded_fails_alone(
    here: Process, books: Books, note: str, error: type[Exception]
) -> None:
    pool, crowd = await books.pool(100), people(20)
    notes = {7: note, 8: note, 19: note}
    answers = await asyncio.gather(
        *(
            here.press(pool, who, note=notes.get(place, ""), gated=False)
            for place, who in enumerate(crowd)
        ),
        return_exceptions=True,
    )
    failed = {place for place, each in enumerate(answers) if isinstance(each, BaseException)}
    assert failed == set(notes)
    assert all(isinstance(answers[place], error) for place in failed)
    assert (await books.read(pool.id)).issued == 17
    await books.assert_right()


async def test_outdated_presses_leave_their_units_to_those_behind_them(
    here: Process, books: Books
) -> None:
    """They are sent back to whoever pressed; the rest of the flush is decided without them."""
    pool, crowd, watch = await books.pool(17), people(20), Watch(here.engine)
    stale = {0, 7}
    answers = await asyncio.gather(
        *(
            here.press(pool, who, note=STALE if place in stale else "", gated=False)
            for place, who in enumerate(crowd)
        ),
        return_exceptions=True,
    )
    assert {place for place, each in enumerate(answers) if isinstance(each, Outdated)} == stale
    decided = [each.verdict for each in answers if not isinstance(each, BaseException)]
    assert decided == [Verdict.GRANTED] * 17 + [Verdict.SOLD_OUT]
    assert watch.presses_per_flush == [20, 18]
    await books.assert_right()


async def test_outdated_presses_leave_all_at_once_however_few_units_there_are(
    here: Process, books: Books
) -> None:
    pool, watch = await books.pool(1), Watch(here.engine)
    presses = [here.press(pool, who, note=STALE, gated=False) for who in people(20)]
    last = here.press(pool, Person(), gated=False)
    *answers, won = await asyncio.gather(*presses, last, return_exceptions=True)
    assert all(isinstance(each, Outdated) for each in answers)
    assert not isinstance(won, BaseException)
    assert won.verdict is Verdict.GRANTED
    assert watch.presses_per_flush == [21, 1]
    await books.assert_right()


async def test_presses_are_decided_again_when_the_server_ends_the_connection(
    here: Process, books: Books
) -> None:
    pool, crowd = await books.pool(3), people(5)
    ended: list[int] = []

    async def end_once(connection: AsyncConnection) -> None:
        if not ended:
            ended.append(await connection.scalar(text("SELECT pg_backend_pid()")))
            async with books.engine.connect() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ended[0]})

    here.pack.during_flush = end_once
    answers = await asyncio.gather(*(here.press(pool, who, gated=False) for who in crowd))
    assert ended
    assert [each.verdict for each in answers] == [Verdict.GRANTED] * 3 + [Verdict.SOLD_OUT] * 2
    assert (await books.read(pool.id)).seq == 3
    await books.assert_right()


@pytest.fixture
async def wired(settings: Settings, books: Books) -> AsyncIterator[tuple[Process, Wire]]:
    """A process that reaches PostgreSQL over a wire which can break."""
    url = make_url(str(settings.database_url))
    async with wire(url.host or "127.0.0.1", url.port or 5432) as (found, port):
        # In clear: the wire must see a commit pass.
        far = url.set(host="127.0.0.1", port=port).update_query_dict({"ssl": "disable"})
        address = far.render_as_string(hide_password=False)
        async with process(settings.model_copy(update={"database_url": address})) as there:
            yield there, found


async def test_a_commit_whose_answer_is_lost_counts_once(
    wired: tuple[Process, Wire], books: Books
) -> None:
    there, found = wired
    pool, crowd = await books.pool(3), people(5)
    found.lose = 1
    answers = await asyncio.gather(*(there.press(pool, who, gated=False) for who in crowd))
    assert found.lost == 1
    assert [each.verdict for each in answers] == [Verdict.REPEATED] * 3 + [Verdict.SOLD_OUT] * 2
    assert [each.row.seq for each in answers if each.row] == [1, 2, 3]
    await books.assert_right()


async def test_where_nobody_knows_the_caller_is_told_so_and_finds_out_by_repeating(
    wired: tuple[Process, Wire], books: Books
) -> None:
    there, found = wired
    pool, who = await books.pool(3), Person()
    found.lose = 2
    with pytest.raises(TemporarilyUnavailable):
        await there.press(pool, who, gated=False)
    assert found.lost == 2
    again = await there.press(pool, who, gated=False)
    assert again.verdict is Verdict.REPEATED
    assert (await books.read(pool.id)).issued == 1
    await books.assert_right()


async def test_a_server_that_became_read_only_is_not_now_and_no_bug(
    settings: Settings, here: Process, books: Books
) -> None:
    """What a process meets on the old primary after a failover."""
    pool = await books.pool()
    engine = create_async_engine(
        str(settings.database_url),
        connect_args={"server_settings": {"default_transaction_read_only": "on"}},
    )
    stale = Process(engine, here.redis, Clock(), Stock(engine, here.redis, Clock()), here.pack)
    with pytest.raises(TemporarilyUnavailable):
        await stale.press(pool, Person(), gated=False)
    await stale.stock.drain()
    await engine.dispose()


async def test_a_lock_that_does_not_come_free_is_not_now(
    settings: Settings, here: Process, books: Books
) -> None:
    pool, who = await books.pool(), Person()
    engine = create_async_engine(
        str(settings.database_url), connect_args={"server_settings": {"lock_timeout": "50"}}
    )
    hasty = Process(engine, here.redis, Clock(), Stock(engine, here.redis, Clock()), here.pack)
    async with books.engine.begin() as holding:
        await holding.execute(text("SELECT 1 FROM stock_group FOR UPDATE"))
        with pytest.raises(TemporarilyUnavailable):
            await hasty.press(pool, who, gated=False)
    assert (await hasty.press(pool, who, gated=False)).verdict is Verdict.GRANTED
    await hasty.stock.drain()
    await engine.dispose()


async def test_a_caller_who_hangs_up_loses_no_unit(here: Process, books: Books) -> None:
    """The flush goes on without him; his next try, from anywhere, finds what it decided."""
    pool, who = await books.pool(), Person()
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: AsyncConnection) -> None:
        inside.set()
        await go_on.wait()

    here.pack.during_flush = wait
    press = asyncio.create_task(here.press(pool, who, gated=False))
    await inside.wait()
    press.cancel()
    with pytest.raises(asyncio.CancelledError):
        await press
    go_on.set()
    assert (await here.press(pool, who, gated=False)).verdict is Verdict.REPEATED
    await books.assert_right()


async def test_draining_waits_for_the_flush_that_runs(here: Process, books: Books) -> None:
    pool, who = await books.pool(), Person()
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: AsyncConnection) -> None:
        inside.set()
        await go_on.wait()

    here.pack.during_flush = wait
    press = asyncio.create_task(here.press(pool, who, gated=False))
    await inside.wait()
    draining = asyncio.create_task(here.stock.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    go_on.set()
    await draining
    assert (await books.read(pool.id)).issued == 1
    assert (await press).verdict is Verdict.GRANTED


async def test_idle_pools_leave_nothing_behind(here: Process, books: Books) -> None:
    pools = [await books.pool() for _ in range(30)]
    for gated in (True, False):
        await asyncio.gather(
            *(here.press(pool, who, gated=gated) for pool in pools for who in people(2))
        )
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) in (Batcher, _Lane)]
