"""Tokens that were verified once, so that a signature is checked once a token, not once a call."""

import time
from collections import OrderedDict
from hashlib import blake2b
from typing import Generic, TypeVar

T = TypeVar("T")


class VerifiedTokens(Generic[T]):
    """What each token stands for, until it expires (real time). At most `most` are kept,
    the longest unused goes first.

    By their digests: a token is most of a kilobyte, and nobody's to read from memory. A crowd
    that comes in turn is remembered whole or not at all, so `most` is more than come at once.
    """

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._known: OrderedDict[bytes, tuple[float, T]] = OrderedDict()

    def get(self, token: str) -> T | None:
        key = _digest(token)
        known = self._known.get(key)
        if known is None:
            return None
        expires, value = known
        if expires <= time.time():
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return value

    def put(self, token: str, value: T, *, expires: float) -> None:
        """`expires`: seconds since 1970."""
        self._known[_digest(token)] = (expires, value)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def clear(self) -> None:
        self._known.clear()


def _digest(token: str) -> bytes:
    return blake2b(token.encode(), digest_size=16).digest()
