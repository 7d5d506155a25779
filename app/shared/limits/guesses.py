"""A budget of wrong guesses a name, shared by all processes, on real time."""

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress

from redis.asyncio import Redis

from app.platform.crypto import Digester
from app.platform.errors import QuotaExceeded
from app.platform.redis import RedisAway
from app.shared.limits.counts import (
    SECOND_US,
    Counted,
    OwnCount,
    SharedCount,
    stricter,
)
from app.shared.limits.policies import GuessPolicy

DIGEST_BYTES = 16


class GuessBudget:
    """So many wrong guesses a name within any window (`policies.py`); one a process and policy.

    Counted in Redis, and beside it in the memory of the process; the stricter of the two
    holds. So while Redis is away or slow no request fails or hangs, and a guesser gets no new
    budget from this process by it. Names are digested, so no key and no memory holds one in
    clear, and keys go by themselves when their last guess is past.
    """

    def __init__(self, redis: Redis, digester: Digester, policy: GuessPolicy) -> None:
        self.policy = policy
        self._digester = digester
        self._shared = SharedCount(redis, policy)
        self._own = OwnCount(policy)

    async def spent(self, names: Iterable[str]) -> dict[str, int]:
        """Those of the names that have no guess left, with the seconds until they have one.

        One call for all of them; nothing is counted.
        """
        asked = list(dict.fromkeys(names))
        counted = await self._add(asked, 0)
        return {
            name: _seconds(each)
            for name, each in zip(asked, counted, strict=True)
            if each.wait_us > 0
        }

    async def spend(self, name: str, guesses: int = 1) -> int:
        """Record that many wrong guesses; how many of them the budget still covered.

        Decided in one step, so that a hundred at once cannot all be the first. What is not
        covered is not recorded: the budget returns a window after it was spent.
        """
        [counted] = await self._add([name], guesses)
        return counted.within

    async def attempt(self, name: str) -> None:
        """One guess, before it is judged. Raises `QuotaExceeded` when none is left."""
        [counted] = await self._add([name], 1)
        if not counted.within:
            raise QuotaExceeded(retry_after_s=_seconds(counted), policy=self.policy.name)

    async def give_back(self, name: str) -> None:
        """The last guess was right and costs nothing; others' wrong ones still count."""
        key = self._key(name)
        self._own.take_back(key)
        with suppress(RedisAway):
            await self._shared.take_back(key)

    async def _add(self, names: Sequence[str], guesses: int) -> list[Counted]:
        if not names:
            return []
        keys = [self._key(name) for name in names]
        try:
            shared = await self._shared.add(keys, guesses)
        except RedisAway:
            return [self._own.add(key, guesses) for key in keys]
        own = [self._own.add(key, each.within) for key, each in zip(keys, shared, strict=True)]
        return [stricter(*pair) for pair in zip(shared, own, strict=True)]

    def _key(self, name: str) -> str:
        return self._digester.digest("guess", name)[:DIGEST_BYTES].hex()


def _seconds(counted: Counted) -> int:
    return max(1, math.ceil(counted.wait_us / SECOND_US))
