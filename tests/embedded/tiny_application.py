"""The smallest application that can be served: every answer is the number of its process,
or, at `/caller`, the address that it takes its caller to have. `/stream` goes on until the
server is to stop, and then says so; `/busy` keeps the process from everything else for a while."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.platform.stopping import server_is_stopping

BUSY, BUSY_S = "/busy", 0.004
Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Awaitable[None]]
) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["path"] == "/stream":
        await _stream(send)
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    body = str(os.getpid()).encode()
    if scope["path"] == "/caller":
        body = scope["client"][0].encode()
    if scope["path"] == BUSY:
        time.sleep(BUSY_S)  # noqa: ASYNC251 - that is the point
        body = b"done"
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(
    receive: Callable[[], Awaitable[Message]], send: Callable[..., Awaitable[None]]
) -> None:
    kind = ""
    while kind != "lifespan.shutdown":
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})


async def _stream(send: Callable[..., Awaitable[None]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
    while not server_is_stopping():  # noqa: ASYNC110 - as streams do
        await asyncio.sleep(0.02)
    await send({"type": "http.response.body", "body": b"ended"})
