"""Servers of the operator's own: reachable, and new enough?"""

import asyncio
from urllib.parse import urlsplit

import asyncpg
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.embedded.errors import DeploymentError

TIMEOUT_S = 5.0
OLDEST_POSTGRES = 16
OLDEST_REDIS = 7
OLDEST_VALKEY = 8


def plain_url(url: str) -> str:
    """The URL as PostgreSQL's own clients read it, without SQLAlchemy's driver name."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def check_postgres(url: str) -> None:
    """Raises `DeploymentError` unless PostgreSQL 16 or newer answers at `DATABASE_URL`."""
    try:
        number = asyncio.run(_postgres_version(plain_url(url)))
    except (
        OSError,
        TimeoutError,
        ValueError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    ) as error:
        raise DeploymentError(_unreachable("DATABASE_URL", url, error)) from error
    if number // 10_000 < OLDEST_POSTGRES:
        raise DeploymentError(
            f"DATABASE_URL is PostgreSQL {number // 10_000}; {OLDEST_POSTGRES} or newer is needed"
        )


async def _postgres_version(url: str) -> int:
    connection = await asyncpg.connect(url, timeout=TIMEOUT_S)
    try:
        return int(await connection.fetchval("SHOW server_version_num"))
    finally:
        await connection.close()


def check_redis(url: str) -> None:
    """Raises `DeploymentError` unless Redis 7 or Valkey 8, or newer, answers at `REDIS_URL`."""
    try:
        client = Redis.from_url(
            url, socket_timeout=TIMEOUT_S, decode_responses=True, retry=Retry(NoBackoff(), 0)
        )
        with client:
            info = client.info("server")
    except (RedisError, OSError, ValueError) as error:
        raise DeploymentError(_unreachable("REDIS_URL", url, error)) from error
    # Valkey calls itself redis_version 7.2.4 as well, for old clients.
    valkey = info.get("valkey_version")
    name, version = ("Valkey", valkey) if valkey else ("Redis", info["redis_version"])
    oldest = OLDEST_VALKEY if valkey else OLDEST_REDIS
    if int(str(version).split(".")[0]) < oldest:
        raise DeploymentError(f"REDIS_URL is {name} {version}; {oldest} or newer is needed")


def _unreachable(setting: str, url: str, error: Exception) -> str:
    # The URL holds a password, and a driver's message may hold the URL.
    address = urlsplit(url)
    reason = type(error).__name__ if address.password else f"{error}"
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    return f"{setting}: nothing usable answers at {address.hostname}:{address.port} ({reason})"
