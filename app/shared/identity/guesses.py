"""A budget of wrong guesses a name, per process, on real time."""

import math
import time
from collections import OrderedDict, deque

from app.platform.errors import QuotaExceeded

MOST_NAMES = 10_000


class GuessBudget:
    """`most` wrong guesses a name within `window_s` seconds; then 429 until the oldest is past.

    In memory: with n processes a guesser has n budgets, which for passwords of
    twelve characters is still nothing. Strangers' names are forgotten first.
    """

    def __init__(self, *, most: int = 10, window_s: float = 60) -> None:
        self._most = most
        self._window_s = window_s
        self._spent: OrderedDict[str, deque[float]] = OrderedDict()

    def spend(self, name: str) -> None:
        """One guess, before it is judged: a hundred at once must not all be the first.

        Raises `QuotaExceeded` when the name's budget is spent.
        """
        recent = self._recent(name)
        if len(recent) >= self._most:
            wait = math.ceil(recent[0] + self._window_s - time.monotonic())
            raise QuotaExceeded(headers={"Retry-After": str(max(wait, 1))})
        recent.append(time.monotonic())
        self._spent[name] = recent
        self._spent.move_to_end(name)
        if len(self._spent) > MOST_NAMES:
            self._spent.popitem(last=False)

    def give_back(self, name: str) -> None:
        """The last guess was right and costs nothing; others' wrong ones still count."""
        if self._spent.get(name):
            self._spent[name].pop()

    def _recent(self, name: str) -> deque[float]:
        spent = self._spent.get(name, deque())
        while spent and spent[0] <= time.monotonic() - self._window_s:
            spent.popleft()
        return spent
