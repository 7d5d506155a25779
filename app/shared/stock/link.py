"""This room's wire to Redis: two scripts and Redis's own time."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from redis.asyncio import Redis

from app.platform.redis import RedisCalls
from app.shared.stock.pool_key import PoolKey

LUA = Path(__file__).parent / "lua"

log = structlog.get_logger(__name__)


class RedisLink:
    """One a process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = {
            name: redis.register_script((LUA / f"{name}.lua").read_text())
            for name in ("ask", "feed")
        }
        self._calls = RedisCalls(
            lambda error: log.warning("redis_away", error=type(error).__name__),
            lambda: log.warning("redis_back"),
        )
        self._stamp_us = 0
        self._stamped_at = 0.0

    def now_us(self) -> int:
        """The last time Redis told, carried on by our own clock: never later than Redis's own.

        0 before it told any.
        """
        if not self._stamp_us:
            return 0
        return self._stamp_us + int((time.monotonic() - self._stamped_at) * 1_000_000)

    async def run(self, script: str, pool: PoolKey, arguments: Sequence[Any]) -> list[Any]:
        """Run `ask` or `feed`; the last of its answers is Redis's time. Raises `RedisAway`."""
        answer: list[Any] = await self._calls.ask(self._scripts[script](pool.keys, arguments))
        self._stamp_us, self._stamped_at = int(answer[-1]), time.monotonic()
        return answer[:-1]

    async def mirror(self, pool: PoolKey) -> dict[str, str]:
        """What the mirror says, empty when there is none. Raises `RedisAway`."""
        raw = await self._calls.ask(self._redis.hgetall(pool.keys[0]))
        return {name.decode(): value.decode() for name, value in raw.items()}
