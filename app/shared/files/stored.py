"""What every kind of store answers with, and how it fails."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

PART_BYTES = 256 * 1024


class StoreLost(OSError):
    """The store cannot be reached, or does not let us in: not now."""


class BytesMissing(Exception):
    """There is nothing under the key."""


@dataclass(frozen=True)
class StoredBytes:
    """`parts` is read once, to its end or not at all."""

    size: int
    parts: AsyncIterator[bytes]
