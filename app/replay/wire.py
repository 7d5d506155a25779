"""HTTP for a crowd: many keep-alive connections in one process, one request at a time on each.

The replay shares the machine with the servers that it plays on, so its own share must be
small: a general client spends more on a request than the service does, this one about a
twentieth of that. It speaks what the service answers (HTTP/1.1, JSON) and nothing else.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import httptools

Item = TypeVar("Item")

# Above the four seconds in which the service promises an answer.
PATIENCE_S = 10.0
TRIES = 20
PAUSE_S = 0.5
NOT_NOW = frozenset({429, 503})
# Between the parts of a form with a file in it.
BOUNDARY = "five-gift-packs-file"


class Cut(Enum):
    """When a connection is lost."""

    EARLY = auto()  # the request has gone out
    LATE = auto()  # the answer is coming in


class Unreachable(Exception):
    """The service does not answer, or keeps saying "not now"."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the JSON, a CSV's text, the bytes of whatever else, or None where there is nothing.
    `resent`: it answers a second sending, and the first may have had its effect."""

    status: int
    headers: dict[str, str]
    body: Any
    resent: bool = False

    @property
    def code(self) -> str:
        """The refusal's code; its status where there is none."""
        problem = self.body if self.status >= 400 and isinstance(self.body, dict) else {}
        return str(problem.get("code", self.status))


class _Connection(asyncio.Protocol):
    """One connection. `exchange` and `lose` raise `ConnectionError` when it is lost."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._waiter: asyncio.Future[Answer] | None = None
        self._arrival: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Answer:
        assert self._transport is not None
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiter

    async def lose(self, request: bytes, cut: Cut) -> int | None:
        """Send, and hang up. The status of the answer that came in too late to be read."""
        assert self._transport is not None
        if cut is Cut.EARLY:
            self._transport.write(request)
            # What has been written still goes out.
            self._transport.close()
            return None
        self._arrival = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        status = await self._arrival
        self._transport.abort()
        return status

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._fail(ConnectionResetError("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
            if self._arrival is not None and not self._arrival.done():
                self._arrival.set_result(self._parser.get_status_code())
        except (httptools.HttpParserError, ValueError) as error:
            self._fail(ConnectionError(f"not an answer of the service: {error}"))
            self.close()

    def on_message_begin(self) -> None:
        self._headers, self._chunks = {}, []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        kind, content = self._headers.get("content-type", ""), b"".join(self._chunks)
        answer = Answer(self._parser.get_status_code(), self._headers, _body(kind, content))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(answer)

    def _fail(self, error: ConnectionError) -> None:
        for waiting in (self._waiter, self._arrival):
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)


class Wire:
    """To one service. As many connections as requests are under way; they are kept open."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if is_safe else 80)
        self._ssl = ssl.create_default_context() if is_safe else None
        self._head = f"Host: {parts.netloc}\r\nAccept-Language: en\r\n"
        self._prefix = parts.path.rstrip("/")
        self._idle: list[_Connection] = []

    async def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        key: str | None = None,
        body: object = None,
        form: dict[str, str] | None = None,
        file: bytes | None = None,
    ) -> Answer:
        """One request and its answer. `file`: a CSV, as a form's field of that name.

        Sent again after a lost connection, 429 and 503, as the contract tells clients to:
        keys and the stores' own numbers make that safe. Raises `Unreachable` in the end.
        """
        request = self._request(method, path, token, key, _content(body, form, file))
        last = "no answer"
        for sending in range(TRIES):
            try:
                answer = await self._exchange(request)
            except (OSError, TimeoutError) as error:
                last = str(error) or type(error).__name__
                await asyncio.sleep(PAUSE_S)
                continue
            if answer.status not in NOT_NOW:
                return replace(answer, resent=True) if sending else answer
            last = str(answer.status)
            await asyncio.sleep(float(answer.headers.get("retry-after", PAUSE_S)))
        raise Unreachable(f"{method} {path}: {last}")

    async def lose(
        self,
        method: str,
        path: str,
        *,
        cut: Cut,
        token: str | None = None,
        key: str | None = None,
        body: object = None,
    ) -> int | None:
        """One request whose answer nobody will read: the connection is cut.

        Answers the status that was on its way, where there was one.
        """
        request = self._request(method, path, token, key, _content(body, None, None))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await (await self._connection()).lose(request, cut)
        except (OSError, TimeoutError):
            return None

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _request(
        self, method: str, path: str, token: str | None, key: str | None, content: tuple[str, bytes]
    ) -> bytes:
        kind, body = content
        lines = [f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._head}"]
        if token:
            lines.append(f"Authorization: Bearer {token}\r\n")
        if key:
            lines.append(f'Idempotency-Key: "{key}"\r\n')
        if body:
            lines.append(f"Content-Type: {kind}\r\n")
        lines.append(f"Content-Length: {len(body)}\r\n\r\n")
        return "".join(lines).encode("latin-1") + body

    async def _exchange(self, request: bytes) -> Answer:
        connection = await self._connection()
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        async with asyncio.timeout(PATIENCE_S):
            _, connection = await asyncio.get_running_loop().create_connection(
                _Connection, self._host, self._port, ssl=self._ssl
            )
        return connection


def _body(kind: str, content: bytes) -> Any:
    if "json" in kind:
        return json.loads(content)
    if kind.startswith("text/csv"):
        return content.decode("utf-8-sig")
    return content or None


def _content(body: object, form: dict[str, str] | None, file: bytes | None) -> tuple[str, bytes]:
    if file is not None:
        return f"multipart/form-data; boundary={BOUNDARY}", _part(file)
    if form is not None:
        return "application/x-www-form-urlencoded", urlencode(form).encode()
    if body is not None:
        return "application/json", json.dumps(body, separators=(",", ":")).encode()
    return "", b""


def _part(file: bytes) -> bytes:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    return head.encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()


async def crowd(
    items: Iterable[Item], act: Callable[[Item], Awaitable[None]], *, at_once: int
) -> None:
    """`act` on every item, in order, that many at a time. Raises the first failure."""
    pending = iter(items)

    async def one_of_them() -> None:
        for item in pending:
            await act(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(one_of_them())
    except ExceptionGroup as failed:
        # What stops one stops them all, and the first says why.
        raise failed.exceptions[0] from None
