"""The two scripts alone: what the mirror believes, and whom it lets through.

Trust is an hour where a test is not about trust, so that a slow machine changes nothing.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.models.states import PoolState
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.shared.stock.turnstile import TRUST_US
from tests.shared.stock.mirror_rig import HOUR, SECOND_US, MirrorRig, members

pytestmark = pytest.mark.anyio

LONG = 3_600 * SECOND_US


@pytest.fixture
async def mirror(settings: Settings) -> AsyncIterator[MirrorRig]:
    redis = create_redis(settings)
    await redis.flushdb()
    yield MirrorRig(redis)
    await redis.aclose()


async def test_an_unknown_pool_is_not_believed(mirror: MirrorRig) -> None:
    assert await mirror.ask(*members(3)) == "???"


async def test_exactly_as_many_are_let_through_as_units_are_free(mirror: MirrorRig) -> None:
    crowd = members(250)
    await mirror.feed(1, free=100)
    assert await mirror.ask(*crowd, trust_us=LONG) == "G" * 100 + "W" * 150


async def test_who_was_let_through_is_not_counted_twice(mirror: MirrorRig) -> None:
    """Tickets that are set to `free` by every feed let in 4.4 times the stock."""
    crowd = members(200)
    await mirror.feed(1, free=50)
    first = await mirror.ask(*crowd, trust_us=LONG)
    # A feed without news arrives while the fifty are still in a queue.
    await mirror.feed(1, free=50)
    assert await mirror.ask(*crowd, trust_us=LONG) == first


async def test_the_decided_make_room_for_as_many_as_are_still_free(mirror: MirrorRig) -> None:
    crowd = members(6)
    await mirror.feed(1, free=3)
    assert await mirror.ask(*crowd, trust_us=LONG) == "GGGWWW"
    # One of the three got a unit, one did not (a limit), one is still undecided.
    await mirror.feed(1, [crowd[0]], free=2, decided=crowd[:2])
    assert await mirror.ask(*crowd[2:], trust_us=LONG) == "GGWW"


async def test_one_member_with_many_keys_takes_one_ticket(mirror: MirrorRig) -> None:
    greedy, modest, late = members(3)
    await mirror.feed(1, free=2)
    letters = await mirror.ask(*[greedy] * 5, modest, late, trust_us=LONG)
    assert letters == "GGGGG" + "G" + "W"
    assert await mirror.undecided() == 2


async def test_whoever_died_on_the_way_blocks_nobody_for_longer_than_a_second(
    mirror: MirrorRig,
) -> None:
    dead, waiting = members(2)
    await mirror.feed(1, free=1)
    await mirror.let_through(dead, age_us=SECOND_US + 1)
    assert await mirror.ask(waiting, trust_us=LONG) == "G"


async def test_a_ticket_from_a_clock_that_was_ahead_blocks_nobody(mirror: MirrorRig) -> None:
    """A Redis that was set back, or promoted on a machine whose clock is behind."""
    dead, waiting = members(2)
    await mirror.feed(1, free=1)
    await mirror.let_through(dead, age_us=-LONG)
    assert await mirror.ask(waiting, trust_us=LONG) == "G"


@pytest.mark.parametrize(
    ("opens", "closes", "moved", "letter"),
    [
        (-HOUR, HOUR, 0 * HOUR, "G"),
        (HOUR, 3 * HOUR, 0 * HOUR, "N"),
        (HOUR, 3 * HOUR, 2 * HOUR, "G"),
        (HOUR, 3 * HOUR, 4 * HOUR, "E"),
        (-HOUR, HOUR, -2 * HOUR, "N"),
    ],
)
async def test_the_window_is_judged_by_moved_time(
    mirror: MirrorRig, opens: timedelta, closes: timedelta, moved: timedelta, letter: str
) -> None:
    await mirror.feed(1, free=1, opens=opens, closes=closes)
    assert await mirror.ask(*members(1), trust_us=LONG, moved=moved) == letter


@pytest.mark.parametrize(
    ("state", "letter"),
    [(PoolState.PAUSED, "P"), (PoolState.ENDED, "E"), (PoolState.DRAFT, "N")],
)
async def test_holders_and_those_on_their_way_pass_every_refusal(
    mirror: MirrorRig, state: PoolState, letter: str
) -> None:
    holder, undecided, stranger = members(3)
    await mirror.feed(1, [holder], free=1)
    assert await mirror.ask(undecided, trust_us=LONG) == "G"
    await mirror.feed(2, [None], free=1, state=state)
    assert await mirror.ask(holder, undecided, stranger, trust_us=LONG) == "GG" + letter


async def test_holders_pass_when_nothing_is_left(mirror: MirrorRig) -> None:
    holder, stranger = members(2)
    await mirror.feed(1, [holder], free=0)
    assert await mirror.ask(holder, stranger, trust_us=LONG) == "GS"


@pytest.mark.parametrize(
    ("state", "free", "letter"),
    [(PoolState.RUNNING, 0, "S"), (PoolState.PAUSED, 5, "P"), (PoolState.ENDED, 5, "E")],
)
async def test_a_refusal_writes_nothing(
    mirror: MirrorRig, state: PoolState, free: int, letter: str
) -> None:
    holder, *crowd = members(201)
    await mirror.feed(1, [holder], free=free, state=state)
    before = await mirror.everything()
    assert await mirror.ask(*crowd, trust_us=LONG) == letter * 200
    assert await mirror.everything() == before
    assert before


async def test_waiting_writes_nothing(mirror: MirrorRig) -> None:
    ahead, *crowd = members(201)
    await mirror.feed(1, free=1)
    await mirror.let_through(ahead, age_us=0)
    before = await mirror.everything()
    assert await mirror.ask(*crowd, trust_us=LONG) == "W" * 200
    assert await mirror.everything() == before


async def test_late_news_of_a_pause_that_is_over_is_not_believed(mirror: MirrorRig) -> None:
    """Pause, resume; 1.2 seconds later the pause's feed arrives: it is as old as its reading."""
    who = members(1)[0]
    await mirror.feed(1, [None], free=5, state=PoolState.PAUSED, age_us=1_200_000)
    assert await mirror.ask(who) == "?"


async def test_control_news_believed_by_their_arrival_would_lie(mirror: MirrorRig) -> None:
    who = members(1)[0]
    await mirror.feed(1, [None], free=5, state=PoolState.PAUSED, age_us=0)
    assert await mirror.ask(who, trust_us=LONG) == "P"


async def test_older_news_make_newer_news_no_older(mirror: MirrorRig) -> None:
    await mirror.feed(1, free=5)
    heard = (await mirror.fields())["heard"]
    await mirror.feed(1, free=5, age_us=TRUST_US * 2)
    assert (await mirror.fields())["heard"] == heard


async def test_news_with_the_number_that_is_known_renew_the_trust(mirror: MirrorRig) -> None:
    who = members(1)[0]
    await mirror.feed(1, free=0, age_us=TRUST_US + 1)
    assert await mirror.ask(who) == "?"
    await mirror.feed(1, free=0)
    assert await mirror.ask(who, trust_us=LONG) == "S"


async def test_news_from_the_future_are_no_news(mirror: MirrorRig) -> None:
    await mirror.feed(1, free=0, age_us=-SECOND_US * 60)
    assert "heard" not in await mirror.fields()
    assert await mirror.ask(*members(1), trust_us=LONG) == "?"


async def test_a_redis_whose_clock_was_set_back_is_believed_again_at_once(
    mirror: MirrorRig,
) -> None:
    """Else the books would carry the crowd for as long as the clock was set back."""
    await mirror.feed(1, free=0)
    await mirror.redis.hset(mirror.pool.keys[0], "heard", str(await mirror.now_us() + LONG))
    assert await mirror.ask(*members(1), trust_us=LONG) == "?"
    await mirror.feed(1, free=0)
    assert await mirror.ask(*members(1), trust_us=LONG) == "S"


async def test_one_asker_refreshes_at_half_the_trust(mirror: MirrorRig) -> None:
    # Trust is an hour: at half of it, with a quarter between two refreshers.
    await mirror.feed(1, free=0, age_us=LONG * 6 // 10)
    asked = [await mirror.ask_and_refresh(each, trust_us=LONG) for each in members(3)]
    assert asked == [("S", True), ("S", False), ("S", False)]


async def test_nobody_refreshes_what_is_fresh(mirror: MirrorRig) -> None:
    await mirror.feed(1, free=0, age_us=LONG * 4 // 10)
    assert await mirror.ask_and_refresh(*members(1), trust_us=LONG) == ("S", False)


async def test_a_gap_is_answered_with_the_number_that_is_there(mirror: MirrorRig) -> None:
    one, two, three = members(3)
    await mirror.feed(1, [one], free=9)
    before = await mirror.everything()
    assert await mirror.feed(3, [three], free=7) == ("gap", 1)
    assert await mirror.everything() == before
    assert await mirror.feed(2, [two, three], free=7) == ("ok", 3)
    assert await mirror.holders() == {one, two, three}


async def test_a_feed_twice_or_late_changes_nothing(mirror: MirrorRig) -> None:
    one, two = members(2)
    await mirror.feed(1, [one], free=9)
    await mirror.feed(2, [two], free=8)
    before = await mirror.fields()
    assert await mirror.feed(1, [one], free=9, age_us=SECOND_US) == ("ok", 2)
    assert await mirror.feed(2, [two], free=8, age_us=SECOND_US) == ("ok", 2)
    assert await mirror.fields() == before
    assert await mirror.holders() == {one, two}


async def test_overlapping_feeds_add_only_what_is_new(mirror: MirrorRig) -> None:
    one, two, three = members(3)
    await mirror.feed(1, [one, two], free=8)
    assert await mirror.feed(2, [two, three], free=7) == ("ok", 3)
    assert await mirror.holders() == {one, two, three}
    assert (await mirror.fields())["free"] == "7"


async def test_a_newer_timeline_wipes_what_the_lost_one_said(mirror: MirrorRig) -> None:
    """PostgreSQL lost its tail in a failover: its numbers come again."""
    lost, kept, on_the_way = members(3)
    await mirror.feed(1, [kept, lost], free=5)
    await mirror.ask(on_the_way, trust_us=LONG)
    assert await mirror.feed(2, [None], free=9, timeline=2) == ("gap", 0)
    assert await mirror.everything() == {}
    await mirror.feed(1, [kept, None], free=9, timeline=2)
    assert await mirror.holders() == {kept}
    assert (await mirror.fields())["timeline"] == "2"


async def test_an_older_timeline_is_ignored(mirror: MirrorRig) -> None:
    one, strayed = members(2)
    await mirror.feed(1, [one], free=0, timeline=2)
    before = await mirror.everything()
    assert await mirror.feed(1, [strayed] * 3, free=9, timeline=1) == ("old", 1)
    assert await mirror.everything() == before


async def test_another_system_wipes_whatever_its_timeline(mirror: MirrorRig) -> None:
    """Books restored into a new cluster begin with timeline 1 again."""
    one, two = members(2)
    await mirror.feed(1, [one] * 7, free=0, timeline=5)
    assert await mirror.feed(1, [two], free=3, system="42", timeline=1) == ("ok", 1)
    assert await mirror.holders() == {two}
    assert (await mirror.fields())["free"] == "3"


async def test_a_long_load_moves_only_the_number_until_its_last_part(mirror: MirrorRig) -> None:
    crowd = members(3)
    await mirror.feed(1, crowd[:2], free=0, final=False)
    assert (await mirror.fields()).keys() == {"seq", "system", "timeline"}
    assert await mirror.ask(crowd[2], trust_us=LONG) == "?"
    await mirror.feed(3, [crowd[2]], free=4)
    assert await mirror.ask(*members(1), trust_us=LONG) == "G"


async def test_old_news_in_the_middle_of_a_load_make_nothing_fresh(mirror: MirrorRig) -> None:
    """The mirror says "paused" as of entry 1. While a long load has brought the number to 5,
    fresh news of entry 3 arrive: they may not vouch for what entry 1 said."""
    await mirror.feed(1, [None], free=5, state=PoolState.PAUSED, age_us=TRUST_US * 2)
    await mirror.feed(2, [None] * 4, free=5, final=False, age_us=0)
    await mirror.feed(3, [None], free=5, age_us=0)
    assert await mirror.ask(*members(1)) == "?"


async def test_books_behind_their_mirror_never_vouch_for_it(mirror: MirrorRig) -> None:
    """A server put back by a copy of its disk keeps its name and timeline, and has lost its tail.

    The mirror then falls silent until the numbers pass it: the books carry everybody.
    """
    await mirror.feed(1, members(9), free=0, age_us=TRUST_US * 2)
    await mirror.feed(4, free=6, age_us=0)
    assert await mirror.ask(*members(1)) == "?"


async def test_every_key_of_a_pool_goes_after_two_silent_days(mirror: MirrorRig) -> None:
    await mirror.feed(1, members(1), free=2)
    await mirror.ask(*members(1), trust_us=LONG)
    await mirror.feed(2, members(1), free=1)
    left = [await mirror.redis.ttl(key) for key in mirror.pool.keys]
    assert all(172_000 < each <= 172_800 for each in left)
