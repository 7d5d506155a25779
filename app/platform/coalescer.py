"""Asking together: many callers, one question at a time.

The first caller starts a round; those that arrive while it runs are the next.
There is no timer, so a lone caller waits for nobody and a crowd is served in
rounds as large as it is. Loads, turnstile and flushes all go this way.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from app.platform.errors import TemporarilyUnavailable

Q = TypeVar("Q")
A = TypeVar("A")


class Coalescer(Generic[Q, A]):
    """`answer` gets up to `most` questions in order of arrival and answers each.

    An answer that is an exception is raised to its asker alone; an exception
    that `answer` raises goes to the whole round. More than `queue` waiting:
    the newest gets 503.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | BaseException]]],
        *,
        most: int = 256,
        queue: int = 4096,
    ) -> None:
        self._answer = answer
        self._most = most
        self._queue = queue
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._rounds: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        if len(self._waiting) >= self._queue:
            raise TemporarilyUnavailable()
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._run())
        return await future

    @property
    def idle(self) -> bool:
        return self._rounds is None

    async def drain(self) -> None:
        """Wait until nobody waits any more (shutdown)."""
        while self._rounds is not None:
            await asyncio.shield(self._rounds)

    async def _run(self) -> None:
        try:
            while self._waiting:
                size = min(self._most, len(self._waiting))
                await self._round([self._waiting.popleft() for _ in range(size)])
        finally:
            self._rounds = None

    async def _round(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._answer([question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 (it is raised again, to each asker)
            answers = [error] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
