"""`SealedField`: one sealed column with its seal, its lookup and its mask.

A value sealed for one column opens in no other, and a digest of one column is found in
no other: the names of both follow from the table and the column, so nobody can mix them up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from app.platform.crypto import Digester, Sealer

AnyBytes = InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None]

SEALED, DIGEST = "_sealed", "_digest"
# What stands in a column whose value was erased. No value is empty otherwise.
ERASED = ""


def as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Lookup:
    """The column that a sealed value is found by: a keyed digest of its canonical form.

    `canonical` brings everything that means the same to one text. It must not raise.
    """

    column: AnyBytes
    canonical: Callable[[str], str] = as_it_is

    @cached_property
    def purpose(self) -> str:
        return _name(self.column, DIGEST)

    def digest(self, digester: Digester, text: str) -> bytes:
        """What is written, under the current key."""
        return digester.digest(self.purpose, self.canonical(text))

    def digests(self, digester: Digester, text: str) -> list[bytes]:
        """What may stand in the column, whichever key wrote it; the current key's first."""
        return digester.every(self.purpose, self.canonical(text))

    def finds(self, digester: Digester, text: str) -> ColumnElement[bool]:
        """The condition under which a row is found."""
        return self.column.in_(self.digests(digester, text))


@dataclass(frozen=True)
class SealedField:
    """A column `…_sealed`. `mask` makes of a value what may be shown of it."""

    column: AnyBytes
    mask: Callable[[str], str]
    lookup: Lookup | None = None

    @cached_property
    def context(self) -> str:
        """What is authenticated beside the value: `member.phone`."""
        return _name(self.column, SEALED)

    def seal(self, sealer: Sealer, text: str) -> bytes:
        return sealer.seal(text, self.context)

    def open(self, sealer: Sealer, sealed: bytes) -> str:
        """Raises `ValueError` when the value was sealed elsewhere, changed, or its key is gone."""
        return sealer.open(sealed, self.context)

    def open_if_any(self, sealer: Sealer, sealed: bytes | None) -> str | None:
        """The same of a column that may hold nothing."""
        return None if sealed is None else self.open(sealer, sealed)

    def show(self, sealer: Sealer, sealed: bytes) -> str:
        """The value as others may see it."""
        return self.mask(self.open(sealer, sealed))


def _name(column: InstrumentedAttribute[Any], ending: str) -> str:
    return f"{column.class_.__tablename__}.{column.key.removesuffix(ending)}"
