"""A full process answers before it reads, and says what it would have said otherwise."""

import asyncio
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.routers.places import Load, Places
from app.routers.wire import KEPT_ANEW_S, LOAD, Wire
from app.serving import SERVED
from app.shared.limits import AT_ONCE, CLAIM
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

PRESS = (
    b"POST /press HTTP/1.1\r\nHost: test\r\nAccept-Language: en\r\n"
    b"Authorization: Bearer a\r\nContent-Length: 0\r\n\r\n"
)
WITH_BODY = PRESS.replace(b"Length: 0\r\n\r\n", b"Length: 2\r\n\r\n{}")
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"


class Served:
    """A small application behind the wire, with so many places; counts whom it let near."""

    def __init__(self, places: int) -> None:
        load = Load(policy=replace(AT_ONCE, in_all=places), always={"/healthz"})
        self._places, self.load = Places(self._answer, load=load), load
        self.asked = 0
        self.connections: Collection[Any] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            scope["state"][LOAD] = self.load
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.asked += 1
        await self._places(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/unread":
            await receive()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@asynccontextmanager
async def serving(app: Served) -> AsyncIterator[int]:
    """The port of loopback where it is served as a deployment is."""
    how = SERVED | {"loop": "asyncio"}
    assert how["http"] == f"{Wire.__module__}:{Wire.__name__}"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, **how))
        app.connections = server.server_state.connections
        served = asyncio.create_task(server._serve([listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        await served


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def heard(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:-2])
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers, body.decode()


async def test_a_press_is_refused_unread_and_in_the_words_of_the_layer() -> None:
    app = Served(places=0)
    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(PRESS)
        status, headers, body = await heard(reader)
        assert (status, app.asked) == (503, 0)
        writer.write(WITH_BODY)
        by_the_layer = await heard(reader)
        assert app.asked == 1, "with a body it is read"
    varying = ("x-request-id", "retry-after", "date")
    ids = [each["x-request-id"] for each in (headers, by_the_layer[1])]
    assert body.replace(ids[0], ids[1]) == by_the_layer[2]
    assert {k: v for k, v in headers.items() if k not in varying} == {
        k: v for k, v in by_the_layer[1].items() if k not in varying
    }


async def test_who_was_told_to_wait_is_refused_unread_for_what_he_asked_and_nobody_else() -> None:
    app = Served(places=8)
    async with serving(app) as port, connected(port) as (reader, writer):
        hour_ns = 3_600_000_000_000
        app.load.waits.note(b"Bearer a", b"POST /press", policy=CLAIM.name, for_ns=hour_ns)
        writer.write(PRESS)
        status, headers, body = await heard(reader)
        assert (status, app.asked) == (429, 0)
        assert 3_500 < int(headers["retry-after"]) <= 3_600
        writer.write(WITH_BODY)
        by_the_layer = await heard(reader)
        assert (by_the_layer[0], app.asked) == (429, 1), "with a body it is read"
        ids = [each["x-request-id"] for each in (headers, by_the_layer[1])]
        assert body.replace(ids[0], ids[1]) == by_the_layer[2]
        varying = dict.fromkeys(("x-request-id", "date", "retry-after", "ratelimit"), "")
        assert headers | varying == by_the_layer[1] | varying
        writer.write(PRESS.replace(b"Bearer a", b"Bearer b"))
        assert (await heard(reader))[0] == 204
        writer.write(PRESS.replace(b"/press", b"/look"))
        assert (await heard(reader))[0] == 204


async def test_who_has_his_many_in_hand_is_refused_unread() -> None:
    app = Served(places=AT_ONCE.in_all)
    async with serving(app) as port, connected(port) as (reader, writer):
        for _ in range(AT_ONCE.most):
            app.load.take(b"Bearer a")
        writer.write(PRESS)
        assert ((await heard(reader))[0], app.asked) == (429, 0)
        writer.write(PRESS.replace(b"Bearer a", b"Bearer b"))
        assert (await heard(reader))[0] == 204
        app.load.leave(b"Bearer a")
        writer.write(PRESS)
        assert (await heard(reader))[0] == 204


async def test_the_connection_is_kept_and_who_is_let_in_is_served_on_it() -> None:
    app = Served(places=0)
    async with serving(app) as port, connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(PRESS)
            assert (await heard(reader))[0] == 503
        app.load.policy = AT_ONCE
        writer.write(PRESS)
        assert (await heard(reader))[0] == 204


@pytest.mark.parametrize("cut", [1, 20, len(PRESS) - 1])
async def test_what_comes_in_parts_is_read_as_one(cut: int) -> None:
    app = Served(places=0)
    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(PRESS[:cut])
        await asyncio.sleep(0.05)
        writer.write(PRESS[cut:])
        assert (await heard(reader))[0] == 503
        assert app.asked == 1


async def test_a_body_that_looks_like_a_request_is_a_body() -> None:
    """Answered as one, it would shift all later answers of a connection that a proxy shares."""
    app = Served(places=1)
    head = b"POST /unread HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(PRESS)
    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(head)
        assert (await heard(reader))[0] == 204, "answered before its body came"
        app.load.policy = replace(AT_ONCE, in_all=0)
        writer.write(PRESS)
        await asyncio.sleep(0.05)
        writer.write(HEALTH)
        assert (await heard(reader))[0] == 204
        writer.write(PRESS)
        assert (await heard(reader))[0] == 503


@pytest.mark.parametrize("length", [b"%d", b"00%d", b"  %d", b"\t%d", b"%d "])
async def test_a_head_that_names_a_body_is_not_answered_on_the_wire(length: bytes) -> None:
    """However the length is written: what follows is the body, and nothing else."""
    app = Served(places=0)
    head = PRESS.replace(b" 0", b" " + length % len(HEALTH))
    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(head)
        assert ((await heard(reader))[0], app.asked) == (503, 1)
        writer.write(HEALTH)
        await asyncio.sleep(0.05)
        writer.write(PRESS)
        assert (await heard(reader))[0] == 503, "the body was nobody's request"


async def test_who_does_not_read_is_not_written_to() -> None:
    app = Served(places=0)
    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(PRESS)
        assert (await heard(reader), app.asked)[1] == 0
        (wire,) = app.connections
        wire.pause_writing()
        writer.write(PRESS)
        await asyncio.sleep(0.05)
        assert app.asked == 1, "it went the usual way, which waits"
        wire.resume_writing()
        assert (await heard(reader))[0] == 503


async def test_the_timer_of_a_connection_is_set_anew_only_now_and_then() -> None:
    app, timers = Served(places=0), []
    async with serving(app) as port, connected(port) as (reader, writer):
        for pause_s in (0, 0, KEPT_ANEW_S + 1):
            for wire in app.connections:
                wire._kept_at -= pause_s
            writer.write(PRESS)
            assert (await heard(reader))[0] == 503
            timers += [wire.timeout_keep_alive_task for wire in app.connections]
    assert timers[0] is timers[1] is not None
    assert timers[2] is not timers[1]
    assert timers[2] is not None


async def test_two_at_once_are_two_answers_in_their_order() -> None:
    app = Served(places=0)
    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(PRESS + HEALTH)
        assert [(await heard(reader))[0] for _ in range(2)] == [503, 204]


async def test_whoever_watches_is_answered_by_a_full_process() -> None:
    app = Served(places=0)
    async with serving(app) as port, httpx.AsyncClient(event_hooks=NOTING) as client:
        url = f"http://127.0.0.1:{port}"
        assert (await client.get(f"{url}/healthz")).status_code == 204
        assert (await client.head(f"{url}/press")).status_code == 503
