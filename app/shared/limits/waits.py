"""Who was told to wait, for what, and until when: asked again before that, the answer is known.

Whoever presses without end spends his quota in a second and is refused from then on. To find out
anew each time who he is and that nothing has come back to him costs a process half of what a
claim costs, and the others wait for it. In the memory of the process, as the rates are.
"""

import time
from collections import OrderedDict
from typing import NamedTuple

SECOND_NS = 1_000_000_000
# Those who were told longest ago are forgotten, and judged as everybody; so is whoever sends more
# than any app does. Eight megabytes at the worst.
MOST_TOLD, MOST_BYTES = 4_096, 2_048


class _Told(NamedTuple):
    asked: bytes
    policy: str
    until_ns: int


class Wait(NamedTuple):
    """For so many seconds. `policy`: the name of the one whose bound the caller has reached;
    none where it is not his own doing."""

    for_s: int
    policy: str | None = None


class Waits:
    """By token, the last refusal of each. `asked` is what it was refused for: method and path,
    since another path may have a quota of its own."""

    def __init__(self) -> None:
        self._told: OrderedDict[bytes, _Told] = OrderedDict()
        self._last_ns = 0

    @property
    def are_any(self) -> bool:
        return time.monotonic_ns() < self._last_ns

    def note(self, token: bytes, asked: bytes, *, policy: str, for_ns: int) -> None:
        """`for_ns`: from now until one more will be allowed."""
        if len(token) + len(asked) > MOST_BYTES:
            return
        until_ns = time.monotonic_ns() + for_ns
        self._told[token] = _Told(asked, policy, until_ns)
        self._told.move_to_end(token)
        self._last_ns = max(self._last_ns, until_ns)
        if len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)

    def of(self, token: bytes, asked: bytes) -> Wait | None:
        """None: nothing is known that would refuse it."""
        told = self._told.get(token)
        if told is None or told.asked != asked:
            return None
        left_ns = told.until_ns - time.monotonic_ns()
        if left_ns <= 0:
            del self._told[token]
            return None
        return Wait(whole_seconds(left_ns), told.policy)


def whole_seconds(ns: int) -> int:
    """Rounded up, at least one, as a header has it."""
    return max(1, -(-ns // SECOND_NS))
