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
        checks = [Check(f"sealed {each.context}", []) for each in sealed.fields]
        counts: list[Counter[str]] = [Counter() for _ in sealed.fields]
        async for row in _rows(session, sealed):
            for each, check, count in zip(sealed.fields, checks, counts, strict=True):
                fault = _look(each, row, sealer, digester, count)
                if fault is not None and len(check.faults) < SHOWN:
                    check.faults.append(f"{write_key(row[0])}: {fault}")
        for check, count in zip(checks, counts, strict=True):
            check.figures.update(sorted(count.items()))
            yield check


async def _rows(session: AsyncSession, sealed: SealedTable) -> AsyncIterator[AnyRow]:
    after: Any = None
    while rows := await read_after(session, sealed, after, BATCH_ROWS):
        for row in rows:
            yield row
        after = rows[-1][0]


def _look(
    each: SealedField, row: AnyRow, sealer: Sealer, digester: Digester, count: Counter[str]
) -> str | None:
    """Count the row; answers what is wrong with it."""
    standing = row._mapping[each.column.key]
    if standing is None:
        return None
    count[f"seal key {standing[0] if standing else 0}"] += 1
    try:
        text = each.open(sealer, standing)
    except ValueError as error:
        return str(error)
    if each.lookup is None or text == ERASED:
        return None
    digest = row._mapping[each.lookup.column.key]
    known = dict(zip(each.lookup.digests(digester, text), digester.versions, strict=True))
    if digest not in known:
        return "the lookup is of no known key"
    count[f"digest key {known[digest]}"] += 1
    return None
