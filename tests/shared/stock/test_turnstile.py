"""The crowd in front of the books: whom Redis keeps away, and what happens without it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.util import await_only

from app.models.states import PoolState
from app.platform import redis
from app.platform.settings import Settings
from app.shared.stock import Mirror, Pool, Verdict, feeder
from app.shared.stock.link import RedisLink
from app.shared.stock.pool_key import PoolKey
from tests.shared.stock.little_pack import POISON
from tests.shared.stock.mirror_rig import SECOND_US, MirrorRig
from tests.shared.stock.rig import Books, Person, Process, people, process
from tests.shared.stock.watch import Watch

pytestmark = pytest.mark.anyio

# Port 1 of loopback: nobody listens, a connection is refused at once.
NO_REDIS = "redis://127.0.0.1:1/0"


def mirror_of(here: Process, pool: Pool) -> MirrorRig:
    return MirrorRig(here.redis, PoolKey(pool.id, pool.group_id))


async def figures(here: Process, pool: Pool) -> Mirror | None:
    return await here.stock.mirror(pool.id, pool.group_id)


async def test_no_more_presses_reach_the_books_than_units_are_there(
    here: Process, there: Process, books: Books
) -> None:
    pool = await books.pool(50)
    watches = [Watch(here.engine), Watch(there.engine)]
    answers = await asyncio.gather(
        *(process.press(pool, who) for who in people(150) for process in (here, there))
    )
    verdicts = Counter(answer.verdict for answer in answers)
    assert verdicts[Verdict.SOLD_OUT] >= 200
    assert set(verdicts) <= {Verdict.GRANTED, Verdict.REPEATED, Verdict.SOLD_OUT}
    # A member who was let through may press at both processes: at most twice the units.
    assert sum(watch.presses for watch in watches) <= 100
    assert (await books.read(pool.id)).issued == 50
    await books.assert_right()


async def test_control_without_the_turnstile_every_press_reaches_the_books(
    here: Process, books: Books
) -> None:
    pool, watch = await books.pool(50), Watch(here.engine)
    await asyncio.gather(*(here.press(pool, who, gated=False) for who in people(300)))
    assert watch.presses == 300


async def test_the_refused_never_reach_the_books(here: Process, books: Books) -> None:
    pool = await books.pool(1, state=PoolState.PAUSED)
    await here.stock.announce(pool)
    watch = Watch(here.engine)
    answers = await asyncio.gather(*(here.press(pool, who) for who in people(300)))
    assert {each.verdict for each in answers} == {Verdict.PAUSED}
    assert watch.presses == 0


@pytest.mark.parametrize(
    ("state", "verdict"),
    [(PoolState.PAUSED, Verdict.PAUSED), (PoolState.ENDED, Verdict.ENDED)],
)
async def test_a_holder_gets_his_unit_again_whatever_became_of_the_pool(
    here: Process, there: Process, books: Books, state: PoolState, verdict: Verdict
) -> None:
    pool, holder = await books.pool(), Person()
    granted = await here.press(pool, holder)
    await books.change(pool, state=state)
    await here.stock.announce(pool)
    for each in (here, there):
        again = await each.press(pool, holder)
        assert (again.verdict, again.row) == (Verdict.REPEATED, granted.row)
        assert (await each.press(pool, Person())).verdict is verdict
        assert (await each.press(pool, holder, "another key")).verdict is verdict


async def test_those_who_must_wait_are_asked_about_oldest_first(
    here: Process, books: Books
) -> None:
    """300 wait, more than one call takes, behind somebody who died after he was let through."""
    pool, crowd, dead = await books.pool(1), people(300), Person()
    await here.stock.announce(pool)
    mirror = mirror_of(here, pool)
    await mirror.let_through(dead.member_id, age_us=0)
    waiting = [asyncio.create_task(here.press(pool, who)) for who in crowd]
    await asyncio.sleep(0.05)
    await here.redis.zrem(mirror.pool.keys[2], dead.member_id.bytes)
    answers = await asyncio.gather(*waiting)
    assert [each.verdict for each in answers] == [Verdict.GRANTED] + [Verdict.SOLD_OUT] * 299


async def test_after_a_commit_the_mirror_says_what_the_books_say(
    here: Process, there: Process, books: Books
) -> None:
    pool = await books.pool(7)
    winners = [await each.press(pool, Person()) for each in (here, there, here)]
    await asyncio.gather(here.stock.drain(), there.stock.drain())
    assert await figures(here, pool) == Mirror(seq=3, free=4)
    assert winners[0].row is not None
    await books.give_back(winners[0].row.claim_id)
    await here.stock.announce(pool)
    assert await figures(here, pool) == Mirror(seq=4, free=5)


async def test_a_wiped_redis_is_filled_from_the_books(here: Process, books: Books) -> None:
    pool, crowd = await books.pool(5), people(5)
    for who in crowd:
        await here.press(pool, who)
    await here.stock.drain()
    await here.redis.flushdb()
    watch = Watch(here.engine)
    assert (await here.press(pool, Person())).verdict is Verdict.SOLD_OUT
    assert watch.presses == 0
    assert await mirror_of(here, pool).holders() == {who.member_id for who in crowd}
    assert (await here.press(pool, crowd[0])).verdict is Verdict.REPEATED


async def test_a_feed_that_got_lost_is_made_up_by_the_next(
    settings: Settings, here: Process, books: Books
) -> None:
    """A process whose Redis is away commits; the feed of the next flush finds the gap."""
    pool, unheard, heard = await books.pool(9), Person(), Person()
    await here.press(pool, Person())
    async with process(settings.model_copy(update={"redis_url": NO_REDIS})) as cut_off:
        assert (await cut_off.press(pool, unheard)).verdict is Verdict.GRANTED
    await here.press(pool, heard)
    await here.stock.drain()
    assert await figures(here, pool) == Mirror(seq=3, free=6)
    holders = await mirror_of(here, pool).holders()
    assert {unheard.member_id, heard.member_id} <= holders


async def test_a_long_load_comes_in_parts_and_whole(
    here: Process, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeder, "CHUNK", 10)
    pool, crowd = await books.pool(40), people(40)
    await asyncio.gather(*(here.press(pool, who) for who in crowd))
    await here.stock.drain()
    for full in (40, 41):
        await here.redis.flushdb()
        await here.stock.announce(pool)
        assert await figures(here, pool) == Mirror(seq=full, free=0)
        assert await mirror_of(here, pool).holders() == {who.member_id for who in crowd}
        await books.change(pool, state=PoolState.PAUSED)


async def test_in_the_middle_of_a_long_load_nobody_is_refused_by_half_of_it(
    here: Process, there: Process, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sold out and half loaded, the mirror would turn away holders it has not read yet."""
    monkeypatch.setattr(feeder, "CHUNK", 10)
    pool, crowd = await books.pool(40), people(40)
    await asyncio.gather(*(here.press(pool, who) for who in crowd))
    await here.stock.drain()
    await here.redis.flushdb()
    mirror, letters = mirror_of(there, pool), []

    def ask_before_each_part(*arguments: Any) -> None:
        if "FROM stock_entry" in arguments[2]:
            letters.append(await_only(mirror.ask(crowd[-1].member_id)))

    event.listen(here.engine.sync_engine, "before_cursor_execute", ask_before_each_part)
    await here.stock.announce(pool)
    assert letters == ["?"] * 4
    assert await mirror.ask(crowd[-1].member_id) == "G"


async def test_whoever_was_answered_is_on_no_list_any_more(here: Process, books: Books) -> None:
    pool, who = await books.pool(9, in_all=1), Person()
    await asyncio.gather(*(here.press(pool, each) for each in people(3)))
    await asyncio.gather(*(here.press(pool, each, "a") for each in (who, who.other_account())))
    await here.stock.drain()
    assert await mirror_of(here, pool).undecided() == 0


async def test_two_loads_at_once_leave_one_right_mirror(
    here: Process, there: Process, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeder, "CHUNK", 3)
    pool, crowd = await books.pool(30), people(30)
    await asyncio.gather(*(here.press(pool, who, gated=False) for who in crowd))
    await asyncio.gather(
        *(each.stock.announce(pool) for each in (here, there) for _ in range(4)),
        *(here.redis.flushdb() for _ in range(3)),
    )
    await here.stock.announce(pool)
    assert await figures(here, pool) == Mirror(seq=30, free=0)
    assert await mirror_of(here, pool).holders() == {who.member_id for who in crowd}


@pytest.mark.parametrize("system", ["another", "the same"])
async def test_the_memory_of_other_books_is_forgotten(
    here: Process, books: Books, system: str
) -> None:
    """Redis outlived a restore: it says sold out at number 900, of a history that is no more."""
    pool = await books.pool(5)
    mirror = mirror_of(here, pool)
    async with books.engine.connect() as connection:
        line = (await connection.execute(text("SELECT * FROM stock_line()"))).one()
    mirror.system, mirror.timeline = ("42", 9) if system == "another" else (line.system, 0)
    await mirror.feed(1, [Person().member_id] * 900, free=0, age_us=SECOND_US // 2)
    await here.stock.announce(pool)
    assert await figures(here, pool) == Mirror(seq=0, free=5)
    assert await mirror.holders() == set()
    assert (await here.press(pool, Person())).verdict is Verdict.GRANTED


async def test_a_refusal_outlives_its_reason_by_no_more_than_the_trust(
    here: Process, books: Books
) -> None:
    """Sold out, then a unit comes back and no feed tells: silent mirrors are asked anew."""
    pool, holder = await books.pool(1), Person()
    granted = await here.press(pool, holder)
    await here.stock.drain()
    assert granted.row is not None
    await books.give_back(granted.row.claim_id)
    mirror = mirror_of(here, pool)
    heard = int((await mirror.fields())["heard"])
    await here.redis.hset(mirror.pool.keys[0], "heard", str(heard - SECOND_US))
    assert (await here.press(pool, Person())).verdict is Verdict.GRANTED


async def test_what_is_asked_often_is_kept_fresh_in_the_background(
    here: Process, books: Books
) -> None:
    pool = await books.pool(1)
    await here.press(pool, Person())
    await here.stock.drain()
    mirror, watch = mirror_of(here, pool), Watch(here.engine)
    heard = int((await mirror.fields())["heard"])
    await here.redis.hset(mirror.pool.keys[0], "heard", str(heard - SECOND_US * 6 // 10))
    answers = await asyncio.gather(*(here.press(pool, who) for who in people(20)))
    await here.stock.drain()
    assert {each.verdict for each in answers} == {Verdict.SOLD_OUT}
    assert watch.loads == 1
    assert int((await mirror.fields())["heard"]) >= heard


async def test_without_redis_the_books_serve_everybody(settings: Settings, books: Books) -> None:
    pool, crowd = await books.pool(20), people(50)
    async with process(settings.model_copy(update={"redis_url": NO_REDIS})) as alone:
        answers = await asyncio.gather(*(alone.press(pool, who) for who in crowd))
        assert await figures(alone, pool) is None
        await alone.stock.announce(pool)
    verdicts = Counter(answer.verdict for answer in answers)
    assert verdicts == {Verdict.GRANTED: 20, Verdict.SOLD_OUT: 30}
    await books.assert_right()


@asynccontextmanager
async def rude_redis() -> AsyncIterator[tuple[str, list[int]]]:
    """Hangs up on every caller. Its address, and a list that grows with each."""
    calls: list[int] = []

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", calls
    finally:
        server.close()


@pytest.mark.parametrize(("away_s", "asked_again"), [(3_600.0, False), (0.0, True)])
async def test_after_an_error_redis_is_left_alone_for_a_while(
    settings: Settings,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
    away_s: float,
    asked_again: bool,
) -> None:
    monkeypatch.setattr(redis, "AWAY_S", away_s)
    pool = await books.pool()
    async with (
        rude_redis() as (url, calls),
        process(settings.model_copy(update={"redis_url": url})) as alone,
    ):
        assert (await alone.press(pool, Person())).verdict is Verdict.GRANTED
        first = len(calls)
        for who in people(5):
            assert (await alone.press(pool, who)).verdict is Verdict.GRANTED
        assert first > 0
        assert (len(calls) > first) is asked_again


async def test_a_wrong_type_in_redis_sends_everybody_to_the_books(
    here: Process, books: Books
) -> None:
    pool = await books.pool(3)
    for key in mirror_of(here, pool).pool.keys:
        await here.redis.set(key, "somebody else's")
    answers = await asyncio.gather(*(here.press(pool, who) for who in people(5)))
    verdicts = Counter(answer.verdict for answer in answers)
    assert verdicts == {Verdict.GRANTED: 3, Verdict.SOLD_OUT: 2}


async def test_a_press_that_failed_keeps_nobody_waiting(here: Process, books: Books) -> None:
    """Let through, then not recorded: the last unit is not held for him."""
    pool, unlucky = await books.pool(1), Person()
    with pytest.raises(IntegrityError):
        await here.press(pool, unlucky, note=POISON)
    assert (await here.press(pool, Person())).verdict is Verdict.GRANTED


async def test_our_idea_of_redis_time_is_never_ahead_of_it(here: Process, books: Books) -> None:
    pool = await books.pool()
    mirror = mirror_of(here, pool)
    asking = RedisLink(here.redis)
    assert asking.now_us() == 0
    for _ in range(20):
        await asking.run("ask", mirror.pool, [0, 1, Person().member_id.bytes])
        assert 0 < asking.now_us() <= await mirror.now_us()
