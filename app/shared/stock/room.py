"""`Stock`: the door of this room for packs. One a process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.clock import Clock
from app.platform.coalescer import Coalescer
from app.platform.redis import RedisAway
from app.shared.stock.batcher import Asked, Batcher
from app.shared.stock.books import Flushed, Pool
from app.shared.stock.decisions import Decision, Press, Recorder, Verdict
from app.shared.stock.feeder import Feeder
from app.shared.stock.granting import recall
from app.shared.stock.link import RedisLink
from app.shared.stock.pool_key import PoolKey
from app.shared.stock.turnstile import Turnstile

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Mirror:
    """The turnstile's figures of one pool."""

    seq: int
    free: int


class Stock:
    """Grants units of pools.

    `engine` should be one of its own, so that flushes never wait behind
    ordinary requests for a connection.
    """

    def __init__(self, engine: AsyncEngine, redis: Redis, clock: Clock) -> None:
        self._engine = engine
        self._link = RedisLink(redis)
        self._feeder = Feeder(engine, self._link)
        self._turnstile = Turnstile(self._link, clock, self._feeder)
        self._batchers: dict[PoolKey, Batcher] = {}
        self._recalls: Coalescer[Asked, Decision[Any] | None] = Coalescer(self._recall)

    async def press(
        self, pool: Pool, press: Press, recorder: Recorder[Row], *, gated: bool = True
    ) -> Decision[Row]:
        """Try for one unit. Exact when it says yes; a no may be a second old.

        `gated=False` for pools that see no rush: the books alone.
        Raises `TemporarilyUnavailable`; whoever repeats the press then finds out.
        """
        if gated:
            refusal = await self._turnstile.ask(pool.key, press.member_id)
            if refusal is not None:
                return Decision(refusal)
        return await self._at_the_books(pool.key, press, recorder, gated=gated)

    @property
    def engine(self) -> AsyncEngine:
        """For whoever counts its connections."""
        return self._engine

    def turns_away(self, pool: Pool) -> bool:
        """Whether everybody who asked the turnstile a moment ago was refused."""
        return self._turnstile.turns_away(pool.key)

    async def ask_turnstile(self, pool: Pool, member_id: UUID) -> Verdict | None:
        """A no that is at most a second old, or None: `press`."""
        return await self._turnstile.ask(pool.key, member_id)

    async def recall(self, press: Press, recorder: Recorder[Row]) -> Decision[Row] | None:
        """What this claim was answered before, without trying; None if it was never granted."""
        return await self._recalls.ask((press, recorder))

    async def announce(self, pool: Pool) -> None:
        """After a change of total, window or state was committed: tell the turnstile.

        Without it, or without Redis, the crowd feels the change within a second.
        """
        await self._feeder.from_books_quietly(pool.key)

    async def mirror(self, pool_id: UUID, group_id: UUID) -> Mirror | None:
        """What Redis has of a pool, or None: for figures, never for decisions."""
        try:
            found = await self._link.mirror(PoolKey(pool_id, group_id))
        except RedisAway:
            return None
        return Mirror(int(found["seq"]), int(found["free"])) if "free" in found else None

    async def drain(self) -> None:
        """Finish what is in flight (shutdown)."""
        for batcher in list(self._batchers.values()):
            await batcher.drain()
        await self._recalls.drain()
        await self._feeder.drain()

    async def _recall(self, asked: Sequence[Asked]) -> list[Decision[Any] | None]:
        """For all who ask just now: a crowd in front of what is closed asks once."""
        answers: list[Decision[Any] | None] = [None] * len(asked)
        async with self._engine.connect() as connection:
            for recorder in dict.fromkeys(each for _, each in asked):
                places = [place for place, (_, each) in enumerate(asked) if each == recorder]
                presses = [asked[place][0] for place in places]
                for place, known in zip(
                    places, await recall(connection, presses, recorder), strict=True
                ):
                    answers[place] = known
        return answers

    async def _at_the_books(
        self, key: PoolKey, press: Press, recorder: Recorder[Row], *, gated: bool
    ) -> Decision[Row]:
        batcher = self._batchers.get(key)
        if batcher is None:

            def feed(as_of_us: int, presses: Sequence[Press], flushed: Flushed) -> None:
                if gated:
                    self._feeder.after_flush(key, as_of_us, presses, flushed)

            batcher = Batcher(self._engine, key.pool_id, self._link.now_us, feed)
            self._batchers[key] = batcher
        try:
            return await batcher.press(press, recorder)
        finally:
            # Idle batchers go, so that they do not grow with the pools ever seen. Only
            # itself: somebody who woke earlier may have left a busy one in its place.
            if batcher.idle and self._batchers.get(key) is batcher:
                del self._batchers[key]
