"""Budgets of two processes on one empty Redis, and of one that has none."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from app.platform import redis as client
from app.platform.crypto import Digester, KeyRing
from app.platform.errors import Words
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.shared.limits import GuessBudget, GuessPolicy, counts

# Port 1 of loopback: nobody listens, a connection is refused at once.
NO_REDIS = "redis://127.0.0.1:1/0"
NO_WORDS = Words("", "")

Budget = Callable[..., GuessBudget]

# Longer than any stall of a machine that runs other tests beside these.
PATIENCE_S = 10.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow answer is waited for: on a busy machine a quarter of a second is no sign of death.

    Whoever tests impatience sets `counts.DEADLINE_S` back.
    """
    monkeypatch.setattr(counts, "DEADLINE_S", PATIENCE_S)
    monkeypatch.setattr(client, "SOCKET_TIMEOUT_S", PATIENCE_S)


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    """Empty; for looking at what the budgets keep there."""
    redis = create_redis(settings)
    await redis.flushdb()
    yield redis
    await redis.aclose()


@pytest.fixture
async def budget(settings: Settings, redis: Redis) -> AsyncIterator[Budget]:
    """Makes a process's budget; with the same figures they are of one deployment."""
    async with AsyncExitStack() as closing:
        digester = Digester(KeyRing.parse(settings.digest_keys.get_secret_value()))

        def make(
            most: int = 20,
            window_s: int = 60,
            url: str | None = None,
            waits_s: tuple[int, int] = (0, 0),
        ) -> GuessBudget:
            there = settings.model_copy(update={"redis_url": url} if url else {})
            redis = create_redis(there)
            closing.push_async_callback(redis.aclose)
            policy = GuessPolicy("test", most, window_s, NO_WORDS, NO_WORDS, *waits_s)
            return GuessBudget(redis, digester, policy)

        yield make
