"""Wrong guesses: how many a name may make, with Redis and without it."""

import asyncio

import anyio
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from app.platform import redis
from app.platform.errors import QuotaExceeded
from app.platform.settings import Settings
from app.shared.limits import VOUCHER_CODES, counts
from tests.shared.limits.conftest import NO_REDIS, PATIENCE_S, Budget
from tests.shared.limits.wire import Silence, Wire, listening, through

pytestmark = pytest.mark.anyio

with_and_without_redis = pytest.mark.parametrize(
    "url", [None, NO_REDIS], ids=["with Redis", "without Redis"]
)


def test_a_till_has_the_contracts_twenty_wrong_codes_a_minute() -> None:
    assert (VOUCHER_CODES.most, VOUCHER_CODES.window_s) == (20, 60)


@with_and_without_redis
async def test_a_hundred_guesses_at_once_are_not_all_the_first(
    budget: Budget, url: str | None
) -> None:
    guesses = budget(url=url)
    covered = await asyncio.gather(*(guesses.spend("till") for _ in range(100)))
    assert sorted(covered) == [0] * 80 + [1] * 20


async def test_control_asking_first_and_recording_later_lets_a_hundred_in(budget: Budget) -> None:
    guesses = budget()
    everyone_has_asked = asyncio.Barrier(100)

    async def ask_then_guess() -> bool:
        was_free = not await guesses.spent(["till"])
        await everyone_has_asked.wait()
        await guesses.spend("till")
        return was_free

    found = await asyncio.gather(*(ask_then_guess() for _ in range(100)))
    assert sum(found) == 100


async def test_two_processes_share_one_budget(budget: Budget) -> None:
    here, there = budget(), budget()
    covered = await asyncio.gather(
        *(each.spend("till") for _ in range(50) for each in (here, there))
    )
    assert sum(covered) == 20
    assert await here.spent(["till"])
    assert await there.spent(["till"])


@with_and_without_redis
async def test_many_guesses_in_one_request_are_covered_as_far_as_the_budget_goes(
    budget: Budget, url: str | None
) -> None:
    guesses = budget(url=url)
    assert [await guesses.spend("till", 15), await guesses.spend("till", 15)] == [15, 5]
    assert await guesses.spend("till", 500) == 0


@with_and_without_redis
async def test_only_names_without_a_guess_left_are_named_and_told_how_long(
    budget: Budget, url: str | None
) -> None:
    guesses = budget(url=url)
    await guesses.spend("spent", 20)
    await guesses.spend("nearly", 19)
    spent = await guesses.spent(["fresh", "spent", "nearly", "spent"])
    assert spent.keys() == {"spent"}
    assert 30 <= spent["spent"] <= 60
    assert await guesses.spent([]) == {}
    assert await guesses.spend("nearly", 2) == 1, "asking counted nothing"


@with_and_without_redis
async def test_the_budget_comes_back_guess_by_guess_as_the_window_slides(
    budget: Budget, url: str | None
) -> None:
    guesses = budget(most=3, window_s=2, url=url)
    await guesses.spend("till", 2)
    await anyio.sleep(1)
    assert await guesses.spend("till", 2) == 1
    assert await guesses.spent(["till"]) == {"till": 1}
    await anyio.sleep(1.1)
    assert await guesses.spent(["till"]) == {}
    assert await guesses.spend("till", 3) == 2, "the guess of a second ago still counts"


@with_and_without_redis
async def test_a_name_that_is_slowed_down_waits_twice_as_long_each_time_up_to_the_longest(
    budget: Budget, url: str | None
) -> None:
    guesses = budget(most=2, waits_s=(1, 2), url=url)
    assert await guesses.spend("name", 5) == 2
    for wait_s in (1, 2, 2):
        assert await guesses.spent(["name"]) == {"name": wait_s}
        assert await guesses.spend("name") == 0
        await anyio.sleep(wait_s + 0.05)
        assert await guesses.spent(["name"]) == {}
        assert await guesses.spend("name", 5) == 1, "one more, however many are asked for"


@with_and_without_redis
async def test_whoever_is_slowed_down_is_not_kept_out_longer_by_trying(
    budget: Budget, url: str | None
) -> None:
    guesses = budget(most=1, waits_s=(1, 4), url=url)
    await guesses.spend("name")
    for _ in range(20):
        assert await guesses.spend("name") == 0
        await anyio.sleep(0.02)
    await anyio.sleep(0.65)
    assert await guesses.spent(["name"]) == {}


@with_and_without_redis
async def test_of_a_hundred_at_once_who_were_slowed_down_one_is_let_in(
    budget: Budget, url: str | None
) -> None:
    guesses = budget(most=1, waits_s=(1, 8), url=url)
    await guesses.spend("name")
    await anyio.sleep(1.05)
    covered = await asyncio.gather(*(guesses.spend("name") for _ in range(100)))
    assert sum(covered) == 1


@with_and_without_redis
async def test_a_right_guess_takes_back_its_wait(budget: Budget, url: str | None) -> None:
    guesses = budget(most=2, waits_s=(1, 8), url=url)
    await guesses.spend("name", 2)
    await anyio.sleep(1.05)
    await guesses.attempt("name")
    await guesses.give_back("name")
    assert await guesses.spent(["name"]) == {}


@with_and_without_redis
async def test_a_right_guess_costs_nothing(budget: Budget, url: str | None) -> None:
    guesses = budget(most=2, url=url)
    for _ in range(5):
        await guesses.attempt("account")
        await guesses.give_back("account")
    await guesses.attempt("account")
    await guesses.attempt("account")
    with pytest.raises(QuotaExceeded) as refused:
        await guesses.attempt("account")
    assert 30 <= int(refused.value.headers["Retry-After"]) <= 60
    await guesses.give_back("somebody who never guessed")


async def test_keys_hold_no_name_and_go_by_themselves(budget: Budget, redis: Redis) -> None:
    guesses = budget(window_s=1)
    await guesses.spend("林主任", 3)
    await guesses.spent(["一个没有猜过的人"])
    [key] = await redis.keys()
    assert "林".encode() not in key
    assert 0 < await redis.pttl(key) <= 1000
    await anyio.sleep(1.05)
    assert await redis.keys() == []


async def test_a_batch_of_names_costs_one_call(budget: Budget, settings: Settings) -> None:
    wire = Wire(settings.redis_url)
    async with listening(wire.serve) as port:
        guesses = budget(url=through(settings.redis_url, port))
        names = [f"till {number}" for number in range(500)]
        await guesses.spent(names)
        before = wire.calls
        assert await guesses.spent(names) == {}
        assert wire.calls - before == 1


async def test_a_clock_that_was_set_back_keeps_nobody_out(budget: Budget, redis: Redis) -> None:
    here, there = budget(), budget()
    await here.spend("till", 20)
    [key] = await redis.keys()
    seconds, _ = await redis.time()
    for _ in range(20):
        await redis.lpop(key)
        await redis.rpush(key, (seconds + 3600) * 1_000_000)
    assert await there.spend("till", 20) == 20


async def test_a_redis_that_does_not_answer_holds_nobody_up(
    budget: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "DEADLINE_S", 0.05)
    monkeypatch.setattr(redis, "AWAY_S", PATIENCE_S)
    silent = Silence()
    async with listening(silent.serve) as port:
        guesses = budget(most=3, url=f"redis://127.0.0.1:{port}/0")
        covered = [await guesses.spend("till") for _ in range(5)]
        assert covered == [1, 1, 1, 0, 0]
        assert silent.callers == 1, "after the first one nobody asked"


async def test_redis_is_used_again_when_it_is_back_and_its_loss_is_logged_once(
    budget: Budget, settings: Settings
) -> None:
    wire = Wire(settings.redis_url)
    async with listening(wire.serve) as port:
        pass
    cut_off, other = budget(url=through(settings.redis_url, port)), budget()
    with capture_logs() as logged:
        assert await cut_off.spend("till", 20) == 20
        assert await other.spent(["till"]) == {}, "counted alone"
        await anyio.sleep(redis.AWAY_S)
        assert await cut_off.spend("till") == 0
    assert [each["event"] for each in logged] == ["guesses_counted_alone"]
    assert "till" not in str(logged)
    await anyio.sleep(redis.AWAY_S)
    async with listening(wire.serve, port):
        assert await cut_off.spend("till", 20) == 0, "what it counted alone still counts"
        assert await cut_off.spend("another", 20) == 20
        assert await other.spent(["another"]), "counted for all"


async def test_a_redis_that_stutters_gives_no_second_budget(
    budget: Budget, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "AWAY_S", 0.0)
    wire = Wire(settings.redis_url)
    async with listening(wire.serve) as port:
        guesses = budget(url=through(settings.redis_url, port))
        assert await guesses.spend("till", 12) == 12
    assert await guesses.spend("till", 12) == 8, "cut off, it goes on from what it knows"
    async with listening(wire.serve, port):
        assert await guesses.spend("till", 12) == 0


async def test_without_redis_the_memory_for_strangers_is_bounded(
    budget: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MOST_NAMES", 10)
    guesses = budget(most=1, url=NO_REDIS)
    names = [f"stranger {number}" for number in range(30)]
    for name in names:
        await guesses.spend(name)
    assert list(await guesses.spent(names)) == names[-10:]
