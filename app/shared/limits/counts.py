"""Where wrong guesses are counted: in Redis for all processes, in memory for this one."""

import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog
from redis.asyncio import Redis

from app.platform.redis import RedisCalls
from app.shared.limits.policies import GuessPolicy

SCRIPT = Path(__file__).parent / "lua" / "guesses.lua"
SECOND_US = 1_000_000
# A guess is not worth waiting for; the client's own patience is for the turnstile.
DEADLINE_S = 0.25
MOST_NAMES = 10_000

log = structlog.get_logger(__name__)


class Counted(NamedTuple):
    """`within`: how many of the guesses the budget still covered.
    `wait_us`: microseconds until it covers one more, 0 for at once."""

    within: int
    wait_us: int


# Of whoever has made none, when none is added.
NONE_MADE = Counted(0, 0)


def stricter(one: Counted, other: Counted) -> Counted:
    """Of two counts of the same guesses."""
    return Counted(min(one.within, other.within), max(one.wait_us, other.wait_us))


class SharedCount:
    """By Redis's time, in one call for all names (`lua/guesses.lua`)."""

    def __init__(self, redis: Redis, policy: GuessPolicy) -> None:
        self._redis = redis
        self._policy = policy
        self._script = redis.register_script(SCRIPT.read_text())
        self._calls = RedisCalls(self._note)

    async def add(self, names: Sequence[str], guesses: int) -> list[Counted]:
        """Raises `RedisAway`; the guesses may have been counted then."""
        policy = self._policy
        lengths = (policy.window_s, policy.first_wait_s, policy.longest_wait_s)
        keys = [self._key(name) for name in names]
        arguments = [policy.most, guesses, *(seconds * SECOND_US for seconds in lengths)]
        answers = await self._calls.ask(self._script(keys, arguments), deadline_s=DEADLINE_S)
        return [Counted(*pair) for pair in zip(answers[::2], answers[1::2], strict=True)]

    async def take_back(self, name: str) -> None:
        """Raises `RedisAway`."""
        await self._calls.ask(self._redis.rpop(self._key(name)), deadline_s=DEADLINE_S)

    def _note(self, error: Exception) -> None:
        log.warning("guesses_counted_alone", policy=self._policy.name, error=str(error))

    def _key(self, name: str) -> str:
        # One hash tag a policy: in a cluster the names of one call must live in one slot.
        return f"guess:{{{self._policy.name}}}:{name}"


class OwnCount:
    """By this process alone: while only this counts, n processes grant n budgets.

    Past `MOST_NAMES` the name that was tried longest ago is forgotten.
    """

    def __init__(self, policy: GuessPolicy) -> None:
        self._most = policy.most
        self._window_us = policy.window_s * SECOND_US
        self._first_us = policy.first_wait_s * SECOND_US
        self._longest_us = policy.longest_wait_s * SECOND_US
        self._made: OrderedDict[str, deque[int]] = OrderedDict()

    def add(self, name: str, guesses: int) -> Counted:
        made = self._made.get(name)
        if made is None:
            if not guesses:
                return NONE_MADE
            made = deque()
        now_us = time.monotonic_ns() // 1000
        while made and made[0] <= now_us - self._window_us:
            made.popleft()
        within = min(guesses, self._room(made, now_us))
        if within:
            made.extend([now_us] * within)
            self._made[name] = made
            self._made.move_to_end(name)
            if len(self._made) > MOST_NAMES:
                self._made.popitem(last=False)
        return Counted(within, self._wait_us(made, now_us))

    def take_back(self, name: str) -> None:
        if made := self._made.get(name):
            made.pop()

    def _room(self, made: deque[int], now_us: int) -> int:
        if self._first_us and len(made) >= self._most:
            return int(self._wait_us(made, now_us) == 0)
        return self._most - len(made)

    def _wait_us(self, made: deque[int], now_us: int) -> int:
        """Until one more guess is covered; 0 for at once."""
        beyond = len(made) - self._most
        if beyond < 0:
            return 0
        if not self._first_us:
            return made[0] + self._window_us - now_us
        return max(0, made[-1] + min(self._first_us << beyond, self._longest_us) - now_us)
