"""Identifiers: opaque UUIDs, made in one place.

Python 3.11 and PostgreSQL before 18 have no version 7.
"""

import re
from functools import lru_cache
from uuid import UUID

from uuid_utils.compat import uuid7

# As the service writes ids itself. Others are the same id in capitals, braces or without hyphens.
USUAL_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def usual_id(text: str) -> UUID | None:
    """The id if it is written as usual."""
    return _parsed(text) if USUAL_ID.fullmatch(text) else None


# A crowd names one object.
@lru_cache(maxsize=1_024)
def _parsed(text: str) -> UUID:
    return UUID(text)


def new_id() -> UUID:
    """A time-ordered id (RFC 9562 version 7)."""
    return uuid7()


def derived_id(digest: bytes) -> UUID:
    """An id that follows from a request: the first 128 bits of a keyed hash, as version 8."""
    value = int.from_bytes(digest[:16], "big")
    value = value & ~(0xF << 76) | (0x8 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)
