"""Apps and tills on a bad day: an answer that is lost, or is "not now", is asked for again.

The same request, the same key or number, at the next process, until there is an
answer. Every attempt is counted, so a test can say what callers may be told.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import httpx

from tests.factories import auth
from tests.refusals import NOTING

# Nobody may wait that long; the limit under test is checked on what was measured.
TIMEOUT_S = 20.0
PATIENCE_S = 90.0
LOST_PAUSE_S = 0.1
# A few clients of few connections each: one large pool is slower than the service.
CLIENTS = 4

Item = TypeVar("Item")

LOST, BUSY = "lost", "temporarily_unavailable"


@dataclass
class Heard:
    """What came back, attempt by attempt: a status that says yes, a refusal's code, or `LOST`."""

    attempts: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    _yes_at: list[float] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def yes(self) -> int:
        """How many attempts were answered yes."""
        return len(self._yes_at)

    def note(self, answer: httpx.Response | None, seconds: float) -> None:
        word = LOST
        if answer is not None:
            word = str(answer.status_code) if answer.is_success else answer.json()["code"]
            if answer.is_success:
                self._yes_at.append(time.monotonic())
        self.attempts[word] += 1
        self.longest_s = max(self.longest_s, seconds)
        self._news.set()
        self._news = asyncio.Event()

    async def until_yes(self, number: int) -> None:
        """Until that many attempts were answered yes, in all."""
        async with asyncio.timeout(PATIENCE_S):
            while self.yes < number:
                await self._news.wait()

    async def until_more(self, word: str, number: int) -> None:
        """Until that many more attempts were answered so."""
        async with asyncio.timeout(PATIENCE_S):
            wanted = self.attempts[word] + number
            while self.attempts[word] < wanted:
                await self._news.wait()

    async def resumed_s(self, back_at: float) -> float:
        """How long after that moment of `time.monotonic` the first yes came."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._yes_at or self._yes_at[-1] < back_at:
                await self._news.wait()
        return min(at for at in self._yes_at if at >= back_at) - back_at


class Callers:
    """Everybody outside, over all addresses of the service.

    `forgets_keys` is for a control: after a lost answer they ask under another key.
    """

    def __init__(
        self,
        urls: Sequence[str],
        clients: Sequence[httpx.AsyncClient],
        *,
        forgets_keys: bool = False,
    ) -> None:
        self.heard = Heard()
        self._urls, self._clients = urls, clients
        self._turn = count()
        self._forgets_keys = forgets_keys
        self._renewed: dict[tuple[str, str | None], str] = {}

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str,
        key: str | None = None,
        json: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """The definite answer. Each attempt goes to the next process."""
        turn = next(self._turn)
        client = self._clients[turn // len(self._urls) % len(self._clients)]
        async with asyncio.timeout(PATIENCE_S):
            for place in count(turn):
                url = self._urls[place % len(self._urls)]
                headers = auth(token, self._renewed.get((token, key), key))
                answer = await self._attempt(client, method, url + path, headers, json)
                if answer is None:
                    if self._forgets_keys:
                        self._renewed[token, key] = f"{key}-{place}"
                    await asyncio.sleep(LOST_PAUSE_S)
                elif "Retry-After" not in answer.headers:
                    return answer
                else:
                    await asyncio.sleep(float(answer.headers["Retry-After"]))
        raise AssertionError("there is always another attempt")

    async def _attempt(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        headers: dict[str, str],
        json: dict[str, Any] | None,
    ) -> httpx.Response | None:
        began, answer = time.monotonic(), None
        try:
            answer = await client.request(method, url, headers=headers, json=json)
        except httpx.TransportError:
            # Refused, cut off, or never answered: whoever asked cannot know what happened.
            answer = None
        self.heard.note(answer, time.monotonic() - began)
        return answer


@asynccontextmanager
async def callers(urls: Sequence[str], *, forgets_keys: bool = False) -> AsyncIterator[Callers]:
    clients = [httpx.AsyncClient(timeout=TIMEOUT_S, event_hooks=NOTING) for _ in range(CLIENTS)]
    try:
        yield Callers(urls, clients, forgets_keys=forgets_keys)
    finally:
        for client in clients:
            await client.aclose()


async def in_parallel(
    items: Iterable[Item], act: Callable[[Item], Awaitable[None]], width: int
) -> None:
    """Act on each, in order, so many at a time."""
    pending = iter(items)

    async def worker() -> None:
        for item in pending:
            await act(item)

    async with asyncio.TaskGroup() as workers:
        for _ in range(width):
            workers.create_task(worker())
