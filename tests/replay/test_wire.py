"""The replay's client, against servers that misbehave the way the real one may."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from app.replay.wire import Cut, Unreachable, Wire, crowd

pytestmark = pytest.mark.anyio

Reply = Callable[[int], bytes | None]


class Server:
    """Answers each request with what `reply` says of its number; None: hangs up instead."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.requests: list[bytes] = []
        self.connections = 0
        self._serving: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)

    async def end(self) -> None:
        """No connection outlives its test."""
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self._reply(len(self.requests))
                if answer is None:
                    break
                # In two parts, as a network may.
                writer.write(answer[:20])
                await writer.drain()
                writer.write(answer[20:])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(reply: Reply) -> AsyncIterator[tuple[Server, Wire]]:
    handler = Server(reply)
    server = await asyncio.start_server(handler.accept, "127.0.0.1", 0)
    wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield handler, wire
    finally:
        wire.close()
        server.close()
        await handler.end()
        await server.wait_closed()


def answer(status: str, body: str = "{}", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


async def test_a_request_carries_its_caller_its_key_and_its_body() -> None:
    async with serving(lambda _: answer("201 Created", '{"id": 1}')) as (server, wire):
        got = await wire.send("POST", "/v1/things", token="t", key="k-1", body={"a": "b"})
    assert (got.status, got.code, got.body) == (201, "201", {"id": 1})
    [request] = server.requests
    assert request.startswith(b"POST /v1/things HTTP/1.1\r\n")
    assert b"Authorization: Bearer t\r\n" in request
    assert b'Idempotency-Key: "k-1"\r\n' in request
    assert request.endswith(b'\r\n\r\n{"a":"b"}')


async def test_a_refusal_is_known_by_its_code() -> None:
    refusal = answer("409 Conflict", '{"code": "sold_out"}')
    async with serving(lambda _: refusal) as (_, wire):
        assert (await wire.send("POST", "/")).code == "sold_out"


async def test_a_connection_is_used_again() -> None:
    async with serving(lambda _: answer("200 OK")) as (server, wire):
        for _ in range(3):
            await wire.send("GET", "/")
    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests"])
async def test_not_now_is_asked_again(status: str) -> None:
    not_now = answer(status, headers="Retry-After: 0\r\n")
    async with serving(lambda count: not_now if count < 3 else answer("200 OK")) as (server, wire):
        assert (await wire.send("POST", "/", key="k")).status == 200
    assert len(server.requests) == 3
    assert len(set(server.requests)) == 1


async def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key() -> None:
    async with serving(lambda count: None if count == 1 else answer("200 OK")) as (server, wire):
        got = await wire.send("POST", "/", key="k")
        first_time = await wire.send("GET", "/")
    assert (got.status, got.resent, first_time.resent) == (200, True, False)
    assert len(server.requests) == 3
    assert server.requests[0] == server.requests[1]


async def test_an_answer_may_be_lost_while_it_comes_in() -> None:
    async with serving(lambda _: answer("201 Created")) as (server, wire):
        assert await wire.lose("POST", "/", cut=Cut.LATE, key="k") == 201
        assert (await wire.send("POST", "/", key="k")).status == 201
    assert server.connections == 2
    assert server.requests[0] == server.requests[1]


async def test_a_connection_may_be_lost_when_the_request_has_gone_out() -> None:
    heard = asyncio.Event()

    def reply(_: int) -> bytes:
        heard.set()
        return answer("201 Created")

    async with serving(reply) as (server, wire):
        assert await wire.lose("POST", "/", cut=Cut.EARLY, key="k", body={"a": 1}) is None
        await asyncio.wait_for(heard.wait(), 5)
        assert (await wire.send("GET", "/")).status == 201
    assert server.connections == 2
    assert server.requests[0].endswith(b'{"a":1}')


async def test_where_nobody_answers_there_is_nothing_to_lose() -> None:
    async with serving(lambda _: None) as (_, wire):
        assert await wire.lose("POST", "/", cut=Cut.LATE) is None


async def test_a_file_goes_as_a_field_of_a_form() -> None:
    async with serving(lambda _: answer("200 OK")) as (server, wire):
        await wire.send("POST", "/import", file=b"a,b\r\n1,2\r\n")
    head, body = server.requests[0].split(b"\r\n\r\n", 1)
    boundary = head.split(b"boundary=")[1].split(b"\r\n")[0]
    assert body.startswith(b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file";')
    assert body.endswith(b"\r\n\r\na,b\r\n1,2\r\n\r\n--" + boundary + b"--\r\n")


async def test_a_service_that_never_can_is_given_up() -> None:
    not_now = answer("503 Service Unavailable", headers="Retry-After: 0\r\n")
    async with serving(lambda _: not_now) as (_, wire):
        with pytest.raises(Unreachable, match="GET /v1/x: 503"):
            await wire.send("GET", "/v1/x")


async def test_a_crowd_acts_at_once_but_never_more_than_allowed() -> None:
    busy, most, done = 0, 0, []

    async def act(item: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1
        done.append(item)

    await crowd(range(20), act, at_once=4)
    assert sorted(done) == list(range(20))
    assert most == 4


async def test_what_stops_one_of_a_crowd_stops_all() -> None:
    async def act(item: int) -> None:
        if item == 3:
            raise Unreachable("gone")
        await asyncio.sleep(0)

    with pytest.raises(Unreachable, match="gone"):
        await crowd(range(100), act, at_once=4)
