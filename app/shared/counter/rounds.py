"""A round: what is presented at the same moment, or uploaded together, in one transaction.

Each is answered on its own. Whoever presents more wrong codes than the budget covers hears no
more than that.
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import Sessions, is_passing, is_unholdable, sqlstate
from app.platform.errors import (
    Forbidden,
    InputInvalid,
    QuotaExceeded,
    Refusal,
    TemporarilyUnavailable,
)
from app.platform.fault_points import Point, reach
from app.shared.counter.refusals import CodeMalformed, CodeUnknown
from app.shared.limits.guesses import GuessBudget

Presented = TypeVar("Presented")
Outcome = TypeVar("Outcome")
Answer = TypeVar("Answer")

UNIQUE_VIOLATION = "23505"
ATTEMPTS = 3


class Rounds(Generic[Presented, Outcome]):
    """One a process and counter. `settle` decides and writes a whole round, in order, and
    answers each with its outcome or its refusal; `device` names whose guesses count together."""

    def __init__(
        self,
        sessions: Sessions,
        guesses: GuessBudget,
        settle: Callable[
            [AsyncSession, Sequence[Presented]], Awaitable[Sequence[Outcome | Refusal]]
        ],
        *,
        device: Callable[[Presented], str],
    ) -> None:
        self._sessions = sessions
        self._guesses = guesses
        self._settle = settle
        self._device = device

    async def present_all(self, presented: Sequence[Presented]) -> list[Outcome | Refusal]:
        """Each on its own, in order. Past its device's budget of wrong codes every
        answer is the same `QuotaExceeded`."""
        budgets = await self.check_budgets(presented)
        within = [each for each, out in zip(presented, budgets, strict=True) if out is None]
        settled = iter(await self.settle_all(within))
        return [next(settled) if out is None else out for out in budgets]

    async def check_budgets(self, presented: Sequence[Presented]) -> list[QuotaExceeded | None]:
        """Of each, what it hears if its device has no guess left; nothing is counted."""
        devices = [self._device(each) for each in presented]
        spent = await self._guesses.spent(devices)
        return [self._out_of_guesses(spent[each]) if each in spent else None for each in devices]

    async def check_budget(self, presented: Presented) -> None:
        """Raises `QuotaExceeded` where no guess is left; nothing is counted."""
        [out] = await self.check_budgets([presented])
        if out is not None:
            raise out

    async def settle_all(self, presented: Sequence[Presented]) -> Sequence[Outcome | Refusal]:
        """A round of those whose devices have guesses left."""
        return await self.limit_guesses(
            presented, await answer_all(self._settle_together, presented)
        )

    async def limit_guesses(
        self, presented: Sequence[Presented], outcomes: Sequence[Answer | Refusal]
    ) -> Sequence[Answer | Refusal]:
        """Wrong codes are counted before they are answered; those beyond the budget hear
        no more than that."""
        wrong = Tally(
            self._device(each)
            for each, outcome in zip(presented, outcomes, strict=True)
            if isinstance(outcome, CodeMalformed | CodeUnknown)
        )
        if not wrong:
            return outcomes
        spent = await asyncio.gather(*(self._guesses.spend(*each) for each in wrong.items()))
        left = dict(zip(wrong, spent, strict=True))
        limited = list(outcomes)
        for place, (each, outcome) in enumerate(zip(presented, outcomes, strict=True)):
            if isinstance(outcome, CodeMalformed | CodeUnknown):
                left[self._device(each)] -= 1
                if left[self._device(each)] < 0:
                    limited[place] = self._out_of_guesses(self._guesses.policy.window_s)
        return limited

    async def _settle_together(self, presented: Sequence[Presented]) -> Sequence[Outcome | Refusal]:
        for _ in range(ATTEMPTS):
            try:
                async with self._sessions.begin() as session:
                    outcomes = await self._settle(session, presented)
                    await reach(Point.IN_REDEMPTION)
                    return outcomes
            except IntegrityError as error:
                # Somebody else raced for one of the numbers and has committed: look again.
                if sqlstate(error) != UNIQUE_VIOLATION:
                    raise
        raise TemporarilyUnavailable()

    def _out_of_guesses(self, retry_after_s: int) -> QuotaExceeded:
        return QuotaExceeded(retry_after_s=retry_after_s, policy=self._guesses.policy.name)


async def answer_all(
    together: Callable[[Sequence[Presented]], Awaitable[Sequence[Outcome | Refusal]]],
    presented: Sequence[Presented],
) -> Sequence[Outcome | Refusal]:
    """All at once; each alone where one of them holds what the database will not, so that it
    fails no neighbour and hears `InputInvalid`."""
    if not presented:
        return []
    try:
        return await together(presented)
    except DBAPIError as error:
        if is_passing(error) or (len(presented) == 1 and not is_unholdable(error)):
            raise
    if len(presented) == 1:
        return [InputInvalid()]
    return [outcome for each in presented for outcome in await answer_all(together, [each])]


def raise_if_all_are_the_callers(outcomes: Sequence[object]) -> None:
    """An upload of which nothing was looked at, for the caller's own sake, is refused as one.

    Raises `Forbidden`, `QuotaExceeded`.
    """
    of_the_caller = [each for each in outcomes if isinstance(each, Forbidden | QuotaExceeded)]
    if outcomes and len(of_the_caller) == len(outcomes):
        raise of_the_caller[0]
