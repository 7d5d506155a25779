"""After a commit, whoever committed tells the mirror, by entry number.

A feed that is lost, late, doubled or out of order does no harm: a gap is
answered with the number the mirror has, and the rest is read from the books.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.models.stock import StockEntry, StockPool
from app.platform.fault_points import Point, reach
from app.platform.redis import RedisAway
from app.shared.stock.books import Flushed, Line
from app.shared.stock.decisions import Press, Verdict
from app.shared.stock.link import RedisLink
from app.shared.stock.pool_key import PoolKey

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CHUNK = 2_000
# An unfed mirror disappears after two days.
KEEP_S = 172_800
# A neighbour's feed that fills the gap is usually on its way already.
GAP_WAIT_S = 0.01
GAP = "gap"

log = structlog.get_logger(__name__)


@contextmanager
def _losing_it() -> Iterator[None]:
    """A feed may be lost: the mirror falls silent and is fed again by the next who asks."""
    try:
        yield
    except RedisAway:
        pass  # the link has said so, once
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("feed_lost", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class Feed:
    """News of one pool, read from the books no earlier than `as_of_us` of Redis's time.

    `holders` belong to the entries `first`…`last`, b"" where none was granted.
    Only the `final` part of a long load carries the pool's own figures.
    """

    as_of_us: int
    line: Line
    first: int
    last: int
    free: int
    state: str
    opens_at: datetime
    closes_at: datetime
    holders: Sequence[bytes] = ()
    decided: Sequence[bytes] = ()
    final: bool = True


class Feeder:
    """One a process."""

    def __init__(self, engine: AsyncEngine, link: RedisLink) -> None:
        self._engine = engine
        self._link = link
        self._running: set[asyncio.Task[None]] = set()

    def after_flush(
        self, pool: PoolKey, as_of_us: int, presses: Sequence[Press], flushed: Flushed
    ) -> None:
        """Feed what a flush decided, in the background: nobody's answer waits for Redis."""
        feed = Feed(
            as_of_us=as_of_us,
            line=flushed.line,
            first=flushed.first_seq,
            last=flushed.last_seq,
            free=flushed.free,
            state=flushed.state,
            opens_at=flushed.opens_at,
            closes_at=flushed.closes_at,
            holders=[
                press.member_id.bytes
                for press, letter in zip(presses, flushed.letters, strict=True)
                if letter == Verdict.GRANTED
            ],
            decided=list({press.member_id.bytes for press in presses}),
        )
        self._in_background(self._feed_quietly(pool, feed))

    def refresh(self, pool: PoolKey) -> None:
        """Read the books in the background, before the mirror falls silent."""
        self._in_background(self.from_books_quietly(pool))

    async def drain(self) -> None:
        while self._running:
            await asyncio.wait(set(self._running))

    async def from_books(self, pool: PoolKey) -> None:
        """Read what the mirror lacks from the books and feed it. Raises `RedisAway`."""
        mirror = await self._link.mirror(pool)
        after: int | None = int(mirror.get("seq", 0))
        # A mirror that is wiped while it is fed answers a gap: start again from what it has.
        while after is not None:
            after = await self._load(pool, after)

    async def from_books_quietly(self, pool: PoolKey) -> None:
        """The same, for a mirror that nobody waits for."""
        with _losing_it():
            await self.from_books(pool)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _feed_quietly(self, pool: PoolKey, feed: Feed) -> None:
        await reach(Point.BEFORE_FEED)
        with _losing_it():
            if await self._send(pool, feed) is not None:
                await asyncio.sleep(GAP_WAIT_S)
                if await self._send(pool, feed) is not None:
                    await self.from_books(pool)

    async def _load(self, pool: PoolKey, after: int) -> int | None:
        """Feed all entries after that number; a gap answers the number to start from again."""
        as_of_us = self._link.now_us()
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            async for feed in _read(connection, pool, after, as_of_us):
                gap = await self._send(pool, feed)
                if gap is not None:
                    return gap
        return None

    async def _send(self, pool: PoolKey, feed: Feed) -> int | None:
        """None when it was taken, or the number that the mirror has."""
        word, seq = await self._link.run(
            "feed",
            pool,
            [
                feed.as_of_us,
                feed.line.system,
                feed.line.timeline,
                feed.first,
                feed.last,
                int(feed.final),
                feed.free,
                feed.state,
                (feed.opens_at - EPOCH) // MICROSECOND,
                (feed.closes_at - EPOCH) // MICROSECOND,
                KEEP_S,
                len(feed.holders),
                *feed.holders,
                *feed.decided,
            ],
        )
        return int(seq) if word.decode() == GAP else None


async def _read(
    connection: AsyncConnection, pool: PoolKey, after: int, as_of_us: int
) -> AsyncIterator[Feed]:
    """The pool and its entries after a number, in one snapshot, in chunks."""
    line = (
        await connection.execute(select(func.stock_line().table_valued("system", "timeline")))
    ).one()
    head = (
        await connection.execute(
            select(
                StockPool.seq,
                StockPool.total,
                StockPool.issued,
                StockPool.state,
                StockPool.opens_at,
                StockPool.closes_at,
            ).where(StockPool.id == pool.pool_id)
        )
    ).one()
    first = min(after, head.seq) + 1
    while True:
        last = min(first + CHUNK - 1, head.seq)
        yield Feed(
            as_of_us=as_of_us,
            line=Line(line.system, line.timeline),
            first=first,
            last=last,
            free=head.total - head.issued,
            state=head.state,
            opens_at=head.opens_at,
            closes_at=head.closes_at,
            holders=await _holders(connection, pool, first, last),
            final=last == head.seq,
        )
        if last == head.seq:
            return
        first = last + 1


async def _holders(
    connection: AsyncConnection, pool: PoolKey, first: int, last: int
) -> list[bytes]:
    rows = await connection.execute(
        select(StockEntry.member_id, StockEntry.quantity)
        .where(StockEntry.pool_id == pool.pool_id, StockEntry.seq.between(first, last))
        .order_by(StockEntry.seq)
    )
    return [row.member_id.bytes if row.quantity > 0 else b"" for row in rows]
