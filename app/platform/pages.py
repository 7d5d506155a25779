"""Lists in pages that stay stable while rows are added.

A cursor is the sort key of the last row shown, opaque to the caller. `Keyset`
turns it into a comparison, so a page costs the same wherever it stands.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, column, func, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.platform.db import AnySelect
from app.platform.errors import CursorInvalid

T = TypeVar("T")
U = TypeVar("U")

_READERS: dict[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    UUID: UUID,
    str: str,
    int: int,
}


@dataclass(frozen=True)
class PageRequest:
    limit: int
    cursor: str | None = None


# What is asked for where nobody says anything.
USUAL_PAGE = PageRequest(50)


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    next_cursor: str | None

    def map(self, shape: Callable[[T], U]) -> "Page[U]":
        return Page([shape(item) for item in self.items], self.next_cursor)


class Keyset:
    """A total order over rows: the last column must be unique."""

    def __init__(
        self,
        *columns: InstrumentedAttribute[Any] | ColumnElement[Any],
        descending: bool = False,
    ) -> None:
        self._columns = columns
        self._descending = descending

    async def page(
        self, session: AsyncSession, statement: AnySelect, request: PageRequest
    ) -> Page[Any]:
        """The rows of one page: entities alone, or rows with the key columns added at the end."""
        statement = self._ordered(statement)
        if request.cursor is not None:
            statement = statement.where(self._after(request.cursor))
        return self.cut((await session.execute(statement.limit(request.limit + 1))).all(), request)

    def cut(self, rows: Sequence[Any], request: PageRequest) -> Page[Any]:
        """The page of rows that were read up to one more than it holds, as `page` reads them."""
        shown, width = rows[: request.limit], len(self._columns)
        more = len(rows) > request.limit
        return Page(
            [row[0] if len(row) == width + 1 else row for row in shown],
            _write(shown[-1][-width:]) if more else None,
        )

    def first_pages(
        self, statement: AnySelect, owner: InstrumentedAttribute[UUID], request: PageRequest
    ) -> AnySelect:
        """The rows that `cut` makes first pages of, of many owners (`:owners`, each once), by one
        statement: each row with the `owner` it is of in front."""
        unnested = func.unnest(bindparam("owners", type_=ARRAY(Uuid)))
        owners = unnested.table_valued(column("owner", Uuid)).render_derived()
        own = self._ordered(statement.where(owner == owners.c.owner)).limit(request.limit + 1)
        theirs = own.lateral("theirs")
        return select(owners.c.owner, theirs).join(theirs, true())

    def _ordered(self, statement: AnySelect) -> AnySelect:
        order: list[ColumnElement[Any]] = [
            column.desc() if self._descending else column.asc() for column in self._columns
        ]
        return statement.add_columns(*self._columns).order_by(*order)

    def check(self, request: PageRequest) -> None:
        """Raises `CursorInvalid`, where something is asked before the rows are."""
        if request.cursor is not None:
            self._read(request.cursor)

    def _after(self, cursor: str) -> ColumnElement[bool]:
        key = tuple_(*self._columns)
        values = self._read(cursor)
        return key < tuple_(*values) if self._descending else key > tuple_(*values)

    def _read(self, cursor: str) -> list[Any]:
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            texts = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
            readers = [_READERS[column.type.python_type] for column in self._columns]
            values = [read(str(text)) for read, text in zip(readers, texts, strict=True)]
        except (ValueError, TypeError, binascii.Error, RecursionError) as error:
            raise CursorInvalid() from error
        if not all(map(_can_be_stored, values)):
            raise CursorInvalid()
        return values


def _can_be_stored(value: Any) -> bool:
    """Whether it can have come from a row at all."""
    if isinstance(value, datetime):
        # In the first and last year of all, an offset may lead out of the calendar.
        return value.tzinfo is not None and MINYEAR < value.year < MAXYEAR
    return not isinstance(value, str) or not any(
        char == "\0" or "\ud800" <= char <= "\udfff" for char in value
    )


def _write(values: tuple[Any, ...]) -> str:
    texts = [
        value.isoformat() if isinstance(value, date | datetime) else str(value) for value in values
    ]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")
