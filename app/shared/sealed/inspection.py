"""What `verify` says of sealed columns: how many rows stand under which key, and that all open.

A value that does not open, and a lookup that no key of the ring explains, are faults: the one
cannot be read any more, the other cannot be found.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.crypto import Digester, Sealer
from app.platform.db import AnyRow
from app.shared.sealed.fields import ERASED, SealedField
from app.shared.sealed.rows import SealedTable, read_after, tables_of, write_key
from app.shared.verification import SHOWN, Check

BATCH_ROWS = 2_000


async def inspect_seals(
    session: AsyncSession, sealer: Sealer, digester: Digester, fields: Sequence[SealedField]
) -> AsyncIterator[Check]:
    """A check a sealed column, with its rows counted by key version."""
    for sealed in tables_of(fields):
        looks = [_Look(sealed, each, sealer, digester) for each in sealed.fields]
        async for rows in _batches(session, sealed):
            for look in looks:
                look.at(rows)
        for look in looks:
            yield look.check()


async def _batches(session: AsyncSession, sealed: SealedTable) -> AsyncIterator[Sequence[AnyRow]]:
    after: Any = None
    while rows := await read_after(session, sealed, after, BATCH_ROWS):
        yield rows
        after = rows[-1][0]


class _Look:
    """At one column, row by row: of members there are millions, so a row costs little here."""

    def __init__(
        self, sealed: SealedTable, field: SealedField, sealer: Sealer, digester: Digester
    ) -> None:
        # A row has its key first.
        places = {column.key: place for place, column in enumerate(sealed.columns, start=1)}
        self._field = field
        self._sealer = sealer
        self._digester = digester
        self._place = places[field.column.key]
        self._found_by = places[field.lookup.column.key] if field.lookup else None
        self._seals, self._digests = Counter[int](), Counter[int]()
        self._faults: list[str] = []

    def at(self, rows: Sequence[AnyRow]) -> None:
        for row in rows:
            standing = row[self._place]
            if standing is not None:
                fault = self._fault(standing, row)
                if fault is not None and len(self._faults) < SHOWN:
                    self._faults.append(f"{write_key(row[0])}: {fault}")

    def check(self) -> Check:
        figures = {f"digest key {version}": n for version, n in sorted(self._digests.items())}
        figures |= {f"seal key {version}": n for version, n in sorted(self._seals.items())}
        check = Check(f"sealed {self._field.context}", self._faults)
        check.figures.update(figures)
        return check

    def _fault(self, standing: bytes, row: AnyRow) -> str | None:
        self._seals[standing[0] if standing else 0] += 1
        try:
            text = self._field.open(self._sealer, standing)
        except ValueError as error:
            return str(error)
        lookup, found_by = self._field.lookup, self._found_by
        if lookup is None or found_by is None or text == ERASED:
            return None
        digests = lookup.digests(self._digester, text)
        if row[found_by] not in digests:
            return "the lookup is of no known key"
        self._digests[self._digester.versions[digests.index(row[found_by])]] += 1
        return None
