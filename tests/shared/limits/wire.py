"""A wire to Redis that counts what is asked over it, and one on which nobody answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from pydantic import RedisDsn

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Wire:
    """Passes bytes on and counts the scripts that were called."""

    def __init__(self, redis_url: RedisDsn) -> None:
        self._server = (redis_url.host, redis_url.port)
        self.calls = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_connection(*self._server)
        back = asyncio.create_task(_pass_on(from_redis, writer))
        try:
            while data := await reader.read(65_536):
                self.calls += data.count(b"EVALSHA")
                to_redis.write(data)
                await to_redis.drain()
        finally:
            back.cancel()
            to_redis.close()
            await to_redis.wait_closed()


class Silence:
    """Takes every question, answers none."""

    def __init__(self) -> None:
        self.callers = 0

    async def serve(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        self.callers += 1
        while await reader.read(65_536):
            pass


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def listening(serve: Handler, port: int = 0) -> AsyncIterator[int]:
    """The port of loopback where `serve` answers, until the end of the block."""
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


def through(redis_url: RedisDsn, port: int) -> str:
    """The same database, by way of that port."""
    parts = urlsplit(str(redis_url))
    who = f"{parts.username or ''}:{parts.password}@" if parts.password else ""
    return urlunsplit(parts._replace(netloc=f"{who}127.0.0.1:{port}"))
