"""Rows of sealed columns by their key, a batch at a time. SQL for `renewal` and `inspection`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Table, any_, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.platform.db import AnyRow
from app.shared.sealed.fields import SealedField

COUNT_TIMEOUT = "SET LOCAL statement_timeout = '10min'"

Values = dict[str, bytes | None]


@dataclass(frozen=True)
class SealedTable:
    """A table with its sealed fields. Its key is one column, a UUID or bytes."""

    fields: tuple[SealedField, ...]

    @cached_property
    def table(self) -> Table:
        table = self.fields[0].column.class_.__table__
        assert isinstance(table, Table)
        return table

    @cached_property
    def key(self) -> Column[Any]:
        (key,) = self.table.primary_key
        return key

    @cached_property
    def columns(self) -> list[Column[Any]]:
        """The sealed ones and those by which they are found."""
        sealed: list[InstrumentedAttribute[Any]] = [field.column for field in self.fields]
        found = [field.lookup.column for field in self.fields if field.lookup]
        return [self.table.c[column.key] for column in [*sealed, *found]]

    def key_from(self, written: str) -> UUID | bytes:
        """A key as `write_key` wrote it."""
        return UUID(written) if self.key.type.python_type is UUID else bytes.fromhex(written)


def write_key(key: UUID | bytes) -> str:
    return key.hex() if isinstance(key, bytes) else str(key)


def tables_of(fields: Iterable[SealedField]) -> list[SealedTable]:
    """By the tables' names."""

    def name(field: SealedField) -> str:
        return str(field.column.class_.__tablename__)

    return [SealedTable(tuple(group)) for _, group in groupby(sorted(fields, key=name), key=name)]


async def count_rows(session: AsyncSession, fields: Iterable[SealedField]) -> int:
    """How many rows a run will look at."""
    await session.execute(text(COUNT_TIMEOUT))
    counts = [
        await session.scalar(select(func.count()).select_from(sealed.table))
        for sealed in tables_of(fields)
    ]
    return sum(count or 0 for count in counts)


async def read_after(
    session: AsyncSession, sealed: SealedTable, after: UUID | bytes | None, most: int
) -> Sequence[AnyRow]:
    """The next rows in the order of their keys: the key, then `columns`."""
    statement = select(sealed.key, *sealed.columns).order_by(sealed.key).limit(most)
    if after is not None:
        statement = statement.where(sealed.key > after)
    return (await session.execute(statement)).all()


async def read_these(
    session: AsyncSession, sealed: SealedTable, keys: Sequence[Any]
) -> Sequence[AnyRow]:
    """Rows as they stand now, those that are still there."""
    statement = select(sealed.key, *sealed.columns).where(sealed.key == any_(_keys(sealed)))
    return (await session.execute(statement, {"keys": keys})).all()


async def replace_values(
    session: AsyncSession, sealed: SealedTable, changes: Mapping[Any, tuple[Values, Values]]
) -> set[Any]:
    """Write new values where the old ones still stand; answers the keys of those rows.

    A row that somebody else holds is left to them, so nobody ever waits for a run and a
    run waits for nobody. A row that was changed since it was read keeps its change.
    """
    locked = await session.scalars(
        select(sealed.key)
        .where(sealed.key == any_(_keys(sealed)))
        .order_by(sealed.key)
        .with_for_update(skip_locked=True),
        {"keys": list(changes)},
    )
    keys = list(locked)
    given: dict[str, list[Any]] = {"keys": keys}
    for column in sealed.columns:
        given[f"old_{column.name}"] = [changes[key][0][column.name] for key in keys]
        given[f"new_{column.name}"] = [changes[key][1][column.name] for key in keys]
    written = await session.scalars(_replace(sealed), given)
    return set(written)


def _replace(sealed: SealedTable) -> Any:
    arrays = [
        func.unnest(bindparam(name, type_=ARRAY(column.type))).label(name)
        for column in sealed.columns
        for name in (f"old_{column.name}", f"new_{column.name}")
    ]
    change = select(func.unnest(_keys(sealed)).label("key"), *arrays).subquery()
    still = [
        column.is_not_distinct_from(change.c[f"old_{column.name}"]) for column in sealed.columns
    ]
    return (
        update(sealed.table)
        .values({column: change.c[f"new_{column.name}"] for column in sealed.columns})
        .where(sealed.key == change.c.key, sealed.key == any_(_keys(sealed)), *still)
        .returning(sealed.key)
    )


def _keys(sealed: SealedTable) -> Any:
    return bindparam("keys", type_=ARRAY(sealed.key.type))
