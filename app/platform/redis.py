"""Redis or Valkey: a client that fails fast and never repeats a command by itself.

The library's default retries a timed-out script up to ten times; a guard in
front of stock must do a thing once or not at all (docs/adr/0005-redis-client.md).
"""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.platform.settings import Settings

SOCKET_TIMEOUT_S = 0.5


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
