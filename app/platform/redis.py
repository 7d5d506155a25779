"""Redis or Valkey: a client that fails fast and never repeats a command by itself, and a wire
that leaves it alone for a while when it does not answer.

The library's default retries a timed-out script up to ten times; a guard in
front of stock must do a thing once or not at all (docs/adr/0005-redis-client.md).
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.platform.settings import Settings

SOCKET_TIMEOUT_S = 0.5
# After an error nobody asks for a while: a dead Redis must not cost every caller a timeout.
AWAY_S = 0.5


def create_redis(settings: Settings) -> Redis:
    """The process's client. Waits half a second at most for anything."""
    pool = BlockingConnectionPool.from_url(
        str(settings.redis_url),
        max_connections=settings.redis_pool_size,
        timeout=SOCKET_TIMEOUT_S,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


class RedisAway(Exception):
    """Redis did not answer, now or a moment ago. What was asked of it may have been done."""


class RedisCalls:
    """A room's calls of Redis.

    `on_away` hears of the first error and `on_back` of the first answer after it, however long
    it lasts and however many ask.
    """

    def __init__(
        self,
        on_away: Callable[[Exception], None],
        on_back: Callable[[], None] | None = None,
    ) -> None:
        self._on_away = on_away
        self._on_back = on_back
        self._away_until = 0.0
        self._is_away = False

    async def ask(self, call: Any, *, deadline_s: float | None = None) -> Any:
        """What the coroutine answers. Raises `RedisAway`.

        `deadline_s` is for the whole call; the client's own limits are for each step of one.
        """
        if time.monotonic() < self._away_until:
            call.close()
            raise RedisAway()
        try:
            async with asyncio.timeout(deadline_s):
                answer = await call
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + AWAY_S
            if not self._is_away:
                self._on_away(error)
            self._is_away = True
            raise RedisAway() from error
        if self._is_away and self._on_back is not None:
            self._on_back()
        self._is_away = False
        return answer
