"""Tokens that were verified once, so that a signature is checked once a token, not once a call."""

import time
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class VerifiedTokens(Generic[T]):
    """What each token stands for, until it expires (real time). At most `most` are kept,
    the longest unused goes first."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, token: str) -> T | None:
        known = self._known.get(token)
        if known is None:
            return None
        expires, value = known
        if expires <= time.time():
            del self._known[token]
            return None
        self._known.move_to_end(token)
        return value

    def put(self, token: str, value: T, *, expires: float) -> None:
        """`expires`: seconds since 1970."""
        self._known[token] = (expires, value)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def clear(self) -> None:
        self._known.clear()
