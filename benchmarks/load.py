"""The crowd: `python -m benchmarks.load` reads a pickled `Load`, answers a pickled `Heard`.

A process of its own, so that what it costs is not the service's. It sends requests that were
made beforehand and looks at nothing but the status, a refusal's code and the clock.

Closed loop (`rate` None): every connection asks again as soon as it is answered; says what the
service can carry. Open loop: requests start at their times whatever became of those before, and
latency counts from the intended start, so that queueing is not hidden.
"""

import asyncio
import pickle
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import httptools
import uvloop

from app.platform.open_files import allow_many_connections

# Nobody waits longer: what is not answered by then is counted as lost.
PATIENCE_S = 20.0
CODE = b'"code":'


@dataclass(frozen=True)
class Load:
    """Requests as bytes, in order. `rate`: a second, None for as fast as they are answered."""

    host: str
    port: int
    requests: list[bytes]
    connections: int
    rate: float | None = None


@dataclass
class Heard:
    """Seconds from the first request to the last answer; latencies in seconds by what was
    answered: a status that says yes, a refusal's code, or `lost`; and when each of these was
    last answered, in seconds from the first request."""

    elapsed_s: float = 0.0
    latencies_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    last_s: dict[str, float] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        return {word: len(each) for word, each in self.latencies_s.items()}

    @property
    def told(self) -> str:
        """The counts in words."""
        return ", ".join(f"{word} {count:,}" for word, count in sorted(self.counts.items()))

    @property
    def answered(self) -> int:
        return sum(self.counts.values())

    def join(self, other: "Heard") -> "Heard":
        """Of two processes that were at it together."""
        both = Heard(max(self.elapsed_s, other.elapsed_s))
        for heard in (self, other):
            for word, latencies in heard.latencies_s.items():
                both.latencies_s[word] += latencies
            for word, at_s in heard.last_s.items():
                both.last_s[word] = max(at_s, both.last_s.get(word, 0.0))
        return both

    def ordered_s(self, *words: str) -> list[float]:
        """Latencies of these answers, or of all, shortest first."""
        chosen = words or tuple(self.latencies_s)
        return sorted(each for word in chosen for each in self.latencies_s.get(word, ()))


class Caller(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self.started_at = 0.0
        self.is_busy = False

    def ask(self, request: bytes, started_at: float) -> None:
        self.started_at, self.is_busy, self._body = started_at, True, b""
        self._transport.write(request)

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _: Exception | None) -> None:
        if self.is_busy:
            self.is_busy = False
            self._crowd.hear(self, "lost")

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.is_busy = False
        status = self._parser.get_status_code()
        self._crowd.hear(self, str(status) if status < 400 else _code(self._body) or str(status))


class Crowd:
    """All connections of one process."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._heard = Heard()
        self._began = 0.0
        self._done = asyncio.Event()
        self._idle: deque[Caller] = deque()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._coming: Iterator[bytes] = iter(load.requests)

    async def play(self) -> Heard:
        """Everybody connects first; then the clock starts."""
        loop = asyncio.get_running_loop()
        callers = []
        for _ in range(min(self._load.connections, len(self._load.requests))):
            _, caller = await loop.create_connection(
                lambda: Caller(self), self._load.host, self._load.port
            )
            callers.append(caller)
        self._began = began = time.perf_counter()
        if self._load.rate is None:
            for caller in callers:
                self._next(caller)
        else:
            self._idle.extend(callers)
            await self._keep_the_rate(self._load.rate, began)
        try:
            async with asyncio.timeout(PATIENCE_S + len(self._load.requests) / 100):
                await self._done.wait()
        except TimeoutError:
            self._heard.latencies_s["lost"] += [PATIENCE_S] * self._missing
        self._heard.elapsed_s = time.perf_counter() - began
        for caller in callers:
            caller.is_busy = False
            caller.close()
        return self._heard

    def hear(self, caller: Caller, word: str) -> None:
        now = time.perf_counter()
        self._heard.latencies_s[word].append(now - caller.started_at)
        self._heard.last_s[word] = now - self._began
        if not self._missing:
            self._done.set()
        elif word != "lost":
            self._next(caller)

    @property
    def _missing(self) -> int:
        return len(self._load.requests) - self._heard.answered

    def _next(self, caller: Caller) -> None:
        if self._load.rate is None:
            request = next(self._coming, None)
            if request is not None:
                caller.ask(request, time.perf_counter())
        elif self._waiting:
            caller.ask(*self._waiting.popleft())
        else:
            self._idle.append(caller)

    async def _keep_the_rate(self, rate: float, began: float) -> None:
        for place, request in enumerate(self._coming):
            due = began + place / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            if self._idle:
                self._idle.popleft().ask(request, due)
            else:
                self._waiting.append((request, due))


def _code(body: bytes) -> str:
    _, _, rest = body.partition(CODE)
    return rest.split(b'"', 2)[1].decode() if rest.count(b'"') >= 2 else ""


async def _play(load: Load) -> Heard:
    allow_many_connections()
    return await Crowd(load).play()


if __name__ == "__main__":
    heard = uvloop.run(_play(pickle.load(sys.stdin.buffer)))
    # Python's own may be unbuffered (PYTHONUNBUFFERED), and then writes what fits into a pipe.
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        pickle.dump((heard.elapsed_s, dict(heard.latencies_s), heard.last_s), out)
