"""Redis keeps the crowd away from the books. It only ever says no.

All presses of a process that wait on one pool ask together. Where Redis is
silent, wrong or gone, everybody goes to the books: slower, never wrong.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.platform.clock import Clock
from app.platform.errors import TemporarilyUnavailable
from app.platform.redis import RedisAway
from app.shared.stock.decisions import Verdict
from app.shared.stock.feeder import Feeder
from app.shared.stock.link import RedisLink
from app.shared.stock.pool_key import PoolKey

MICROSECOND = timedelta(microseconds=1)
# How long the mirror is believed without news: no refusal is older than this.
TRUST_US = 1_000_000
AT_ONCE = 256
QUEUE = 8_192
WAIT_S = 0.005
# Pools that are remembered as shut; more than are ever rushed at within a second.
MOST_SHUT = 256

GO, WAIT, UNKNOWN = "G", "W", "?"

log = structlog.get_logger(__name__)


class Turnstile:
    """One a process."""

    def __init__(self, link: RedisLink, clock: Clock, feeder: Feeder) -> None:
        self._link = link
        self._clock = clock
        self._feeder = feeder
        self._lanes: dict[PoolKey, _Lane] = {}
        self._shut_at: dict[PoolKey, float] = {}

    def turns_away(self, pool: PoolKey) -> bool:
        """Whether everybody of the last round was refused, within the last second."""
        shut_at = self._shut_at.get(pool)
        return shut_at is not None and time.monotonic() - shut_at <= TRUST_US / 1_000_000

    def note(self, pool: PoolKey, letters: str) -> None:
        """What a round of a pool heard."""
        if GO in letters or WAIT in letters:
            self._shut_at.pop(pool, None)
        else:
            if len(self._shut_at) >= MOST_SHUT:
                self._shut_at.clear()
            self._shut_at[pool] = time.monotonic()

    async def ask(self, pool: PoolKey, member_id: UUID) -> Verdict | None:
        """A verdict that says no, or None: ask the books."""
        lane = self._lanes.get(pool)
        if lane is None:
            lane = self._lanes[pool] = _Lane(self, pool)
        try:
            letter = await lane.ask(member_id.bytes)
        finally:
            # Only itself: somebody who woke earlier may have left a busy one in its place.
            if lane.idle and self._lanes.get(pool) is lane:
                del self._lanes[pool]
        return None if letter == GO else Verdict(letter)

    async def letters(self, pool: PoolKey, members: Sequence[bytes]) -> str:
        """One letter a member. A mirror that is missing or silent is fed and asked once more."""
        try:
            letters = await self._call(pool, members)
            if letters.startswith(UNKNOWN):
                await self._feeder.from_books(pool)
                letters = await self._call(pool, members)
        except (RedisAway, SQLAlchemyError, OSError, TimeoutError):
            return GO * len(members)
        return letters.replace(UNKNOWN, GO)

    async def _call(self, pool: PoolKey, members: Sequence[bytes]) -> str:
        offset_us = self._clock.offset // MICROSECOND
        letters, refresh = await self._link.run("ask", pool, [offset_us, TRUST_US, *members])
        if refresh:
            self._feeder.refresh(pool)
        return str(letters.decode())


class _Lane:
    """Who waits at one pool, oldest first. Those told to wait ask again before later ones."""

    def __init__(self, turnstile: Turnstile, pool: PoolKey) -> None:
        self._turnstile = turnstile
        self._pool = pool
        self._waiting: deque[tuple[bytes, asyncio.Future[str]]] = deque()
        self._rounds: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return self._rounds is None

    async def ask(self, member: bytes) -> str:
        if len(self._waiting) >= QUEUE:
            raise TemporarilyUnavailable()
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((member, future))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                first = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                waiting = await self._round([pair for pair in first if not pair[1].done()])
                self._waiting.extendleft(reversed(waiting))
                if len(waiting) == len(first):
                    await asyncio.sleep(WAIT_S)
        finally:
            self._rounds = None

    async def _round(
        self, asking: list[tuple[bytes, asyncio.Future[str]]]
    ) -> list[tuple[bytes, asyncio.Future[str]]]:
        """Ask once for all; answers those who must wait."""
        if not asking:
            return []
        try:
            letters = await self._turnstile.letters(self._pool, [member for member, _ in asking])
        except Exception as error:  # noqa: BLE001 (it is raised again, to each asker)
            for _, future in asking:
                if not future.done():
                    future.set_exception(error)
            return []
        self._turnstile.note(self._pool, letters)
        for (_, future), letter in zip(asking, letters, strict=True):
            if letter != WAIT and not future.done():
                future.set_result(letter)
        return [pair for pair, letter in zip(asking, letters, strict=True) if letter == WAIT]
