"""A mirror in Redis, fed and asked by hand: what the feeder and the turnstile send, at will."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from redis.asyncio import Redis

from app.models.states import PoolState
from app.platform.ids import new_id
from app.shared.stock.feeder import EPOCH, KEEP_S, MICROSECOND
from app.shared.stock.link import RedisLink
from app.shared.stock.pool_key import PoolKey
from app.shared.stock.turnstile import TRUST_US

SECOND_US = 1_000_000
HOUR = timedelta(hours=1)


def members(number: int) -> list[UUID]:
    return [new_id() for _ in range(number)]


@dataclass
class MirrorRig:
    """One pool's mirror. `system` and `timeline` are those of the books that feed it."""

    redis: Redis
    pool: PoolKey = field(default_factory=lambda: PoolKey(new_id(), new_id()))
    system: str = "7000000000000000001"
    timeline: int = 1

    def __post_init__(self) -> None:
        self.link = RedisLink(self.redis)
        self.made_at = datetime.now(UTC)

    async def now_us(self) -> int:
        """Redis's own time."""
        seconds, microseconds = await self.redis.time()
        return int(seconds) * SECOND_US + int(microseconds)

    async def feed(
        self,
        first: int,
        granted: Sequence[UUID | None] = (),
        *,
        free: int,
        state: PoolState = PoolState.RUNNING,
        age_us: int = 0,
        final: bool = True,
        decided: Sequence[UUID] = (),
        system: str | None = None,
        timeline: int | None = None,
        opens: timedelta = -HOUR,
        closes: timedelta = HOUR,
    ) -> tuple[str, int]:
        """Entries from `first` on, one an element of `granted`; read `age_us` before now."""
        word, seq = await self.link.run(
            "feed",
            self.pool,
            [
                await self.now_us() - age_us,
                system or self.system,
                timeline or self.timeline,
                first,
                first + len(granted) - 1,
                int(final),
                free,
                state,
                (self.made_at + opens - EPOCH) // MICROSECOND,
                (self.made_at + closes - EPOCH) // MICROSECOND,
                KEEP_S,
                len(granted),
                *(b"" if each is None else each.bytes for each in granted),
                *(each.bytes for each in decided),
            ],
        )
        return word.decode(), int(seq)

    async def ask(
        self, *who: UUID, trust_us: int = TRUST_US, moved: timedelta = timedelta()
    ) -> str:
        """One letter a member. `moved` is how far campaign time is from real time."""
        letters, _ = await self.ask_and_refresh(*who, trust_us=trust_us, moved=moved)
        return letters

    async def ask_and_refresh(
        self, *who: UUID, trust_us: int = TRUST_US, moved: timedelta = timedelta()
    ) -> tuple[str, bool]:
        """Letters, and whether this asker should feed the mirror."""
        letters, refresh = await self.link.run(
            "ask", self.pool, [moved // MICROSECOND, trust_us, *(each.bytes for each in who)]
        )
        return letters.decode(), bool(refresh)

    async def fields(self) -> dict[str, str]:
        return await self.link.mirror(self.pool)

    async def holders(self) -> set[UUID]:
        found = await self.redis.smembers(self.pool.keys[1])
        return {UUID(bytes=each) for each in found}

    async def let_through(self, *who: UUID, age_us: int) -> None:
        """As if these had been let through that long ago (negative: by a clock that is ahead)."""
        at = await self.now_us() - age_us
        await self.redis.zadd(self.pool.keys[2], {each.bytes: at for each in who})

    async def undecided(self) -> int:
        return int(await self.redis.zcard(self.pool.keys[2]))

    async def everything(self) -> dict[bytes, bytes]:
        """All that Redis holds, byte for byte."""
        keys = sorted(await self.redis.keys("*"))
        return {key: await self.redis.dump(key) for key in keys}
