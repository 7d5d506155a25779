"""Identifiers: opaque UUIDs, made in one place.

Python 3.11 and PostgreSQL before 18 have no version 7. They are made as the driver's own kind of
`uuid.UUID`, which rows come with as well: to hash, compare, write out and send Python's costs
three to fifteen times as much, and a rush does that ten times a press.
"""

import re
from uuid import UUID

from asyncpg.pgproto import pgproto
from uuid_utils import uuid7

# As the service writes ids itself. Others are the same id in capitals, braces or without hyphens.
USUAL_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def usual_id(text: str) -> UUID | None:
    """The id if it is written as usual."""
    return pgproto.UUID(text) if USUAL_ID.fullmatch(text) else None


def own_id(text: str) -> UUID:
    """An id that the service wrote itself. Raises `ValueError` if it did not."""
    return pgproto.UUID(text)


def new_id() -> UUID:
    """A time-ordered id (RFC 9562 version 7)."""
    return pgproto.UUID(uuid7().bytes)


def derived_id(digest: bytes) -> UUID:
    """An id that follows from a request: the first 128 bits of a keyed hash, as version 8."""
    octets = bytearray(digest[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    return pgproto.UUID(bytes(octets))
