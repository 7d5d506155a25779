"""A list that can be exported: its columns, its rows, who may have it.

Packs describe theirs in their `exports.py`, which `app/registrations.py` finds; that of the
members is in `members.py`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Generic, Self, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.models.states import Category, District, Role
from app.platform.clock import Clock, day_end, day_start
from app.platform.db import AnySelect, Sessions
from app.platform.errors import FieldError, Forbidden, InputInvalid, Words
from app.platform.pages import Keyset
from app.shared.exports.columns import Column, Row
from app.shared.identity.callers import Districts

UNKNOWN = Words("没有这个列表", "there is no such list")
NOT_TAKEN = Words("此列表没有这个筛选条件", "this list has no such filter")
NEEDED = Words("此列表需要这个筛选条件", "this list needs this filter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a list; None does not. `since` and `until` are Shanghai days, both within."""

    store_no: str | None = None
    batch_id: UUID | None = None
    code: str | None = None
    since: date | None = None
    until: date | None = None
    district: District | None = None
    category: Category | None = None

    def given(self) -> dict[str, str]:
        """Those that are set, as text."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in values.items() if value is not None}

    def of_days(self, at: InstrumentedAttribute[Any]) -> list[ColumnElement[bool]]:
        """The conditions under which an instant is of these days."""
        found = []
        if self.since is not None:
            found.append(at >= day_start(self.since))
        if self.until is not None:
            found.append(at < day_end(self.until))
        return found

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """The other way round."""
        return cls(**{name: _READERS[name](value) for name, value in given.items()})


_READERS: dict[str, Callable[[str], Any]] = {
    "store_no": str,
    "batch_id": UUID,
    "code": str,
    "since": date.fromisoformat,
    "until": date.fromisoformat,
    "district": District,
    "category": Category,
}

# Writes who was shown whose data: in a transaction of its own, before anybody sees the file.
LogAccess: TypeAlias = Callable[[AsyncSession, "Making", Sequence[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Making:
    """The export that rows are read for, and who asked for it in which roles."""

    export_id: UUID
    staff_id: UUID
    roles: frozenset[Role]
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Row]):
    """`name` begins with its pack or room: `breakfast.redemptions`.

    Rows are read in the order of `keyset`, page by page, so it should be one that an index
    has; `select` keeps to the districts of who asks. `shape` makes a row of the columns out of
    one of `select`'s, whatever was added behind it.
    """

    name: str
    title: Words
    columns: tuple[Column[Row], ...]
    keyset: Keyset
    select: Callable[[Filters, Districts], AnySelect]
    shape: Callable[[Sequence[Any]], Row]
    roles: frozenset[Role]
    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    log_access: LogAccess | None = None

    def check_filters(self, filters: Filters) -> None:
        """Raises `InputInvalid`."""
        given = set(filters.given())
        errors = [
            *(_error(name, NOT_TAKEN, "filter_not_taken") for name in sorted(given - self.takes)),
            *(_error(name, NEEDED, "missing") for name in sorted(self.needs - given)),
        ]
        if errors:
            raise InputInvalid(errors=tuple(errors))

    def check_roles(self, roles: frozenset[Role]) -> None:
        """Raises `Forbidden`."""
        if not roles & (self.roles | {Role.ADMINISTRATOR}):
            raise Forbidden()


def _error(name: str, words: Words, code: str) -> FieldError:
    return FieldError(f"#/filters/{name}", words, code)


@dataclass(frozen=True)
class Exports:
    """Everything that can be exported. `reading` is for those who read long lists: their
    statements may take longer than those at the edge."""

    listings: Mapping[str, Listing[Any]]
    reading: Sessions

    def find(self, what: str) -> Listing[Any]:
        """Raises `InputInvalid`."""
        listing = self.listings.get(what)
        if listing is None:
            raise InputInvalid(errors=(FieldError("#/what", UNKNOWN, "list_unknown"),))
        return listing
