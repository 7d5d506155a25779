"""The chain, computed from rows alone: pure, and apart from the database that wrote it.

The digest of a row is SHA-256 of a JSON array of its columns, the head of a range SHA-256 of
the head before it and the digests of its rows in the order of their positions. The database
has its own words for the same (`ledger_digest`, `ledger_seal_rows`): whoever changes a row
there and the function with it is found out here.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from app.shared.verification import SHOWN

NO_HEAD = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

UNCHANGED = "ledger_rows_are_as_they_were_sealed"
COMPLETE = "ledger_has_no_row_missing"
IN_ORDER = "ledger_rows_stand_in_their_order"
CHAINED = "ledger_seals_follow_each_other"


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row with its place. `columns`: what its digest is made of, in that order."""

    position: int
    columns: tuple[Any, ...]
    digest: bytes

    @property
    def id(self) -> UUID:
        found: UUID = self.columns[0]
        return found


@dataclass(frozen=True, slots=True)
class Seal:
    """A closed range of positions."""

    number: int
    first_position: int
    last_position: int
    previous: bytes
    head: bytes


def row_digest(columns: tuple[Any, ...]) -> bytes:
    """What the columns say, as 32 bytes. Times count as microseconds since 1970."""
    array = json.dumps([_plain(value) for value in columns], ensure_ascii=False)
    return sha256(array.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return str(value) if isinstance(value, UUID) else value


@dataclass
class Walk:
    """One walk along the chain: seals and the rows of each are handed in as they are found.

    `faults`: by the check that found them, at most twenty each.
    """

    faults: dict[str, list[str]] = field(
        default_factory=lambda: {name: [] for name in (UNCHANGED, COMPLETE, IN_ORDER, CHAINED)}
    )
    _number: int = 0
    _position: int = 0
    _head: bytes = NO_HEAD

    def seal(self, seal: Seal, rows: list[SealedRow]) -> None:
        """The next seal by number, with all rows that stand in its range."""
        if seal.number != self._number + 1:
            self._fault(CHAINED, f"seal {self._number + 1} is missing before seal {seal.number}")
        if seal.first_position != self._position + 1 or seal.previous != self._head:
            self._fault(CHAINED, f"seal {seal.number} does not follow the one before it")
        is_whole = self._look_at_rows(seal, rows)
        head = sha256(seal.previous + b"".join(row.digest for row in rows)).digest()
        if is_whole and head != seal.head:
            self._fault(
                IN_ORDER,
                f"seal {seal.number}: positions {seal.first_position} to {seal.last_position} "
                "are not its rows in its order",
            )
        self._number, self._position, self._head = seal.number, seal.last_position, seal.head

    def beyond(self, position: int) -> None:
        """A row that has a position after the last seal's."""
        self._fault(CHAINED, f"position {position} is in no seal")

    def _look_at_rows(self, seal: Seal, rows: list[SealedRow]) -> bool:
        """Whether every position is there and every row as it was."""
        there = {row.position for row in rows}
        places = range(seal.first_position, seal.last_position + 1)
        missing = list(islice((place for place in places if place not in there), SHOWN))
        changed = [row for row in rows if row.digest != row_digest(row.columns)]
        for position in missing:
            self._fault(COMPLETE, f"position {position} of seal {seal.number} is missing")
        for row in changed:
            self._fault(UNCHANGED, f"position {row.position} ({row.id}) was changed")
        return not missing and not changed

    def _fault(self, name: str, what: str) -> None:
        if len(self.faults[name]) < SHOWN:
            self.faults[name].append(what)
