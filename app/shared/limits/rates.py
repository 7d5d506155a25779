"""How often a caller may ask: a token bucket a caller and policy, on real time.

In the memory of the process, so that no request pays a call for being counted, and nothing here
waits. The table's figures are what one process grants: n processes may grant n times as much.
"""

import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from app.shared.limits.policies import RATES, RatePolicy
from app.shared.limits.waits import SECOND_NS, Waits, whole_seconds

# A policy's table forgets who called longest ago; twenty megabytes for all seven at the worst.
MOST_CALLERS = 20_000
# More than one request adds, so the table shrinks to those whose bucket is not full.
FORGOTTEN_A_REQUEST = 2


class Standing(NamedTuple):
    """Where a caller stands after a request.

    `left`: requests that may follow at once. `for_ns`: nanoseconds in which no more than those
    may; with none left, until the next one may.
    """

    is_allowed: bool
    left: int
    for_ns: int

    @property
    def for_s(self) -> int:
        return whole_seconds(self.for_ns)


class Rates:
    """One a process, with a table a policy. `waits`: whom it has refused."""

    def __init__(
        self, policies: Iterable[RatePolicy] = RATES, *, waits: Waits | None = None
    ) -> None:
        self.waits = waits or Waits()
        self._buckets = {policy.name: _Buckets(policy) for policy in policies}

    def take(self, policy: RatePolicy, caller: Hashable) -> Standing:
        """Count one request of the caller. One that is not allowed costs nothing."""
        return self._buckets[policy.name].take(caller)

    def remembered(self, policy: RatePolicy) -> int:
        """Of how many callers something is kept."""
        return len(self._buckets[policy.name])


class _Buckets:
    """The generic cell rate algorithm: a bucket is one number, the time at which it is full.

    A caller who is not here has a full bucket, so forgetting one whose time is past changes
    nothing; one that is forgotten earlier, because too many others came, starts anew.
    """

    def __init__(self, policy: RatePolicy) -> None:
        self._window_ns = policy.window_s * SECOND_NS
        self._refill_ns = self._window_ns // policy.quota
        self._full_at: OrderedDict[Hashable, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, caller: Hashable) -> Standing:
        now = time.monotonic_ns()
        full_at = max(self._full_at.get(caller, now), now) + self._refill_ns
        free_ns = self._window_ns - (full_at - now)
        if free_ns < 0:
            return Standing(False, 0, -free_ns)
        self._full_at[caller] = full_at
        self._full_at.move_to_end(caller)
        self._forget(now)
        left = free_ns // self._refill_ns
        return Standing(True, left, self._window_ns if left else self._refill_ns - free_ns)

    def _forget(self, now: int) -> None:
        for _ in range(FORGOTTEN_A_REQUEST):
            caller, full_at = next(iter(self._full_at.items()))
            if full_at > now and len(self._full_at) <= MOST_CALLERS:
                return
            del self._full_at[caller]
