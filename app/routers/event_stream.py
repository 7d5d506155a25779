"""Figures as server-sent events (WHATWG HTML, section 9.2): one answer that goes on.

A stream shows a state, not a log. Its events carry the state's ETag as their id, so a reader
that comes back with `Last-Event-ID` hears nothing twice, at whichever process it arrives. Every
stream ends by itself after a while, and so does one whose reader takes nothing any more: who
still wants to know comes back (`retry`). docs/adr/0029-presence.md has why it is written here.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import NamedTuple

from fastapi import Response
from starlette.types import Receive, Scope, Send

from app.shared.presence import Channel, Figures

EVENT_STREAM = "text/event-stream"
# Proxies close what is silent for longer.
HEARTBEAT_S = 15.0
# A reader that takes nothing for so long has gone, or might as well have.
SEND_S = 10.0
LONGEST_S = 900.0
# When readers come back: not all of them at once.
RETRY_MS, RETRY_SPREAD_MS = 3_000, 4_000

HEARTBEAT = b": alive\n\n"
# nginx would gather a stream before it passes it on.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Shown(NamedTuple):
    """Figures as an event, and its id."""

    id: str
    event: bytes


def wants_stream(accept: str) -> bool:
    """Whether the caller asks for a stream, and not just for anything."""
    kinds = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return EVENT_STREAM in kinds


def event(name: str, event_id: str, data: str) -> bytes:
    """One event; `data` is one line of JSON."""
    return f"event: {name}\nid: {event_id}\ndata: {data}\n\n".encode()


class EventStream(Response):
    """`follow` leads to the channel and counts the stream until it ends, however it ends; `show`
    makes an event of figures and says its id; `last_seen` is the id that the reader had before
    it was cut off."""

    def __init__(
        self,
        follow: Callable[[], AbstractAsyncContextManager[Channel]],
        show: Callable[[Figures], Shown],
        *,
        last_seen: str | None,
    ) -> None:
        super().__init__(headers=HEADERS, media_type=EVENT_STREAM)
        # It has no length.
        del self.headers["content-length"]
        self._follow = follow
        self._show = show
        self._last_seen = last_seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._follow() as channel:
            sending = asyncio.create_task(self._send_all(channel, send))
            leaving = asyncio.create_task(_until_gone(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
            finally:
                sending.cancel()
                leaving.cancel()
                await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send_all(self, channel: Channel, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with suppress(TimeoutError):
            await _sent(send, start)
            async for part in self._parts(channel):
                await _sent(send, _body(part))
            await _sent(send, _body(b"", more=False))

    async def _parts(self, channel: Channel) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + LONGEST_S
        yield f"retry: {RETRY_MS + secrets.randbelow(RETRY_SPREAD_MS)}\n\n".encode()
        seen = channel.newest
        first = self._show(seen)
        if first.id != self._last_seen:
            yield first.event
        while not channel.is_closed and loop.time() < ends_at:
            if not await channel.after(seen, HEARTBEAT_S) and not channel.is_closed:
                yield HEARTBEAT
            if channel.newest is not seen:
                seen = channel.newest
                yield self._show(seen).event


async def _sent(send: Send, message: dict[str, object]) -> None:
    """Raises `TimeoutError` when the reader has taken nothing for too long."""
    async with asyncio.timeout(SEND_S):
        await send(message)


def _body(part: bytes, *, more: bool = True) -> dict[str, object]:
    return {"type": "http.response.body", "body": part, "more_body": more}


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
