"""Bring sealed columns under the keys that write now: seals and lookups, beside live traffic.

Rows of old and new keys are read side by side all the while, so a run may take its
time, be stopped, and be begun again: what is current is passed over. Between reading a
row and writing it anybody may change it; then their change stands and the row is looked at
again. Everything is done in batches of a transaction each.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.platform.crypto import Digester, Sealer
from app.platform.db import AnyRow, Sessions
from app.shared.sealed.fields import ERASED, SealedField
from app.shared.sealed.rows import (
    SealedTable,
    Values,
    count_rows,
    read_after,
    read_these,
    replace_values,
    tables_of,
    write_key,
)

__all__ = ["Passed", "Place", "Progress", "Stop", "count_rows", "reseal", "reseal_batch"]

BATCH_ROWS = 500
# How often a batch comes back to rows that others hold or change, and after which pause.
TRIES = 40
PAUSE_S = 0.05
UNREADABLE_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run has come: behind this key of this table. Plain text, for a job to carry."""

    table: str
    after: str | None = None


@dataclass(slots=True)
class Passed:
    """What a batch, or a run, did. `place`: where to go on, None when all is done.

    `busy` rows were held or changed by others all the time and stay as they were;
    `unreadable` ones do not open: their key is gone, or the value was changed.
    """

    place: Place | None = None
    rows: int = 0
    resealed: int = 0
    redigested: int = 0
    busy: int = 0
    unreadable: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, other: "Passed") -> None:
        self.place = other.place
        self.rows += other.rows
        self.resealed += other.resealed
        self.redigested += other.redigested
        self.busy += other.busy
        self.unreadable += other.unreadable
        self.shown += other.shown[: UNREADABLE_SHOWN - len(self.shown)]


Progress = Callable[[Passed], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class _Keys:
    sealer: Sealer
    digester: Digester


async def reseal(
    sessions: Sessions,
    sealer: Sealer,
    digester: Digester,
    fields: Sequence[SealedField],
    *,
    place: Place | None = None,
    on_batch: Progress | None = None,
    stop: Stop = lambda: False,
) -> Passed:
    """All batches from `place` on (from the beginning). Asks `stop` after each one."""
    total = Passed()
    while True:
        passed = await reseal_batch(sessions, sealer, digester, fields, place=place)
        total.add(passed)
        if on_batch is not None:
            on_batch(passed)
        place = passed.place
        if place is None or stop():
            return total


async def reseal_batch(
    sessions: Sessions,
    sealer: Sealer,
    digester: Digester,
    fields: Sequence[SealedField],
    *,
    place: Place | None = None,
) -> Passed:
    """One batch of rows, from `place` on. Safe to repeat, and beside any other batch."""
    tables = tables_of(fields)
    names = [sealed.table.name for sealed in tables]
    at = names.index(place.table) if place else 0
    sealed, after = tables[at], place.after if place else None
    async with sessions() as session:
        key = sealed.key_from(after) if after else None
        rows = await read_after(session, sealed, key, BATCH_ROWS)
    passed = await _renew(sessions, _Keys(sealer, digester), sealed, rows)
    if len(rows) == BATCH_ROWS:
        passed.place = Place(names[at], write_key(rows[-1][0]))
    elif at + 1 < len(names):
        passed.place = Place(names[at + 1])
    return passed


async def _renew(
    sessions: Sessions, keys: _Keys, sealed: SealedTable, rows: Sequence[AnyRow]
) -> Passed:
    passed = Passed(rows=len(rows))
    # Opening and sealing are work for the processor: requests go on meanwhile.
    stale = await asyncio.to_thread(_stale, keys, sealed, rows, passed)
    for _ in range(TRIES):
        if stale:
            async with sessions.begin() as session:
                written = await replace_values(session, sealed, stale)
            for key in written:
                _count(sealed, *stale.pop(key), passed)
        if not stale:
            return passed
        await asyncio.sleep(PAUSE_S)
        async with sessions() as session:
            rows = await read_these(session, sealed, list(stale))
        stale = await asyncio.to_thread(_stale, keys, sealed, rows, Passed())
    passed.busy = len(stale)
    return passed


def _stale(
    keys: _Keys, sealed: SealedTable, rows: Sequence[AnyRow], passed: Passed
) -> dict[Any, tuple[Values, Values]]:
    """By key, what stands and what should stand, of the rows where the two differ.

    What does not open is counted in `passed`.
    """
    stale = {}
    for row in rows:
        old: Values = {column.name: row._mapping[column.name] for column in sealed.columns}
        new = dict(old)
        for each in sealed.fields:
            try:
                new |= _fresh(keys, each, old)
            except ValueError as error:
                passed.unreadable += 1
                passed.shown.append(f"{each.context} of {write_key(row[0])}: {error}")
        if new != old:
            stale[row[0]] = (old, new)
    return stale


def _fresh(keys: _Keys, each: SealedField, old: Values) -> Values:
    """The field's columns under the current keys. Raises `ValueError`."""
    standing = old[each.column.key]
    if standing is None:
        return {}
    text = each.open(keys.sealer, standing)
    fresh: Values = {}
    if standing[0] != keys.sealer.version:
        fresh[each.column.key] = each.seal(keys.sealer, text)
    if each.lookup is not None and text != ERASED:
        fresh[each.lookup.column.key] = each.lookup.digest(keys.digester, text)
    return fresh


def _count(sealed: SealedTable, old: Values, new: Values, passed: Passed) -> None:
    for each in sealed.fields:
        passed.resealed += old[each.column.key] != new[each.column.key]
        if each.lookup is not None:
            passed.redigested += old[each.lookup.column.key] != new[each.lookup.column.key]
