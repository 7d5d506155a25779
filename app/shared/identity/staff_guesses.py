"""How often somebody may try to be a member of staff: slowed down, never locked out.

A stranger must not get many guesses, and must not keep the account's owner out either.
So guesses are counted a name *and origin* (address and program): a stranger slows down
himself. Origins from which the account never signed in share a second count, against a
guesser who has many of them; one from which it has (`staff_sessions.KEPT`) does not feel it.

The six digits are counted apart, and slowed further: whoever gets as far has the password.
A new password begins a new count.
"""

from dataclasses import dataclass
from typing import Self

from redis.asyncio import Redis

from app.platform.crypto import Digester
from app.platform.errors import QuotaExceeded
from app.shared.limits import PASSWORDS, PASSWORDS_ELSEWHERE, SECOND_FACTORS, GuessBudget


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: the connection's address, and the program as
    `agents.describe_agent` tells it."""

    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody says to be `name`. `is_known`: that account signed in from this origin before."""

    name: str
    origin: Origin
    is_known: bool

    @property
    def whole(self) -> str:
        return "\n".join((self.name, self.origin.address, self.origin.agent))


@dataclass(frozen=True)
class StaffGuesses:
    """One a process. Each attempt is counted before it is judged; a right one costs nothing.

    `codes` are counted by the account, its password and, where it is known, the origin.
    """

    passwords: GuessBudget
    elsewhere: GuessBudget
    codes: GuessBudget

    @classmethod
    def on(cls, redis: Redis, digester: Digester) -> Self:
        policies = (PASSWORDS, PASSWORDS_ELSEWHERE, SECOND_FACTORS)
        return cls(*(GuessBudget(redis, digester, policy) for policy in policies))

    async def attempt_password(self, knock: Knock) -> None:
        """Raises `QuotaExceeded`."""
        await self.passwords.attempt(knock.whole)
        if knock.is_known:
            return
        try:
            await self.elsewhere.attempt(knock.name)
        except QuotaExceeded:
            # Nobody has looked at this one.
            await self.passwords.give_back(knock.whole)
            raise

    async def password_was_right(self, knock: Knock) -> None:
        await self.passwords.give_back(knock.whole)
        if not knock.is_known:
            await self.elsewhere.give_back(knock.name)
