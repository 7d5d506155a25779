"""The ledger for those who may read it: by actor, act, object, time and request; and its head."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.models.identity import Staff
from app.models.ledger import LedgerEntry, LedgerSeal
from app.models.states import ActorKind
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound
from app.platform.pages import Keyset, Page, PageRequest

_NEWEST_FIRST = Keyset(LedgerEntry.at, LedgerEntry.id, descending=True)
_COLUMNS = (
    LedgerEntry.id,
    LedgerEntry.at,
    LedgerEntry.recorded_at,
    LedgerEntry.actor_kind,
    LedgerEntry.actor_id,
    Staff.name,
    LedgerEntry.actor_roles,
    LedgerEntry.origin,
    LedgerEntry.verb,
    LedgerEntry.refusal,
    LedgerEntry.object_kind,
    LedgerEntry.object_id,
    LedgerEntry.changes,
    LedgerEntry.times,
    LedgerEntry.request_id,
    LedgerEntry.reason,
    LedgerEntry.position,
    LedgerEntry.digest,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the ledger. `actor_name`: of an account of staff, as it is called now.

    `position` None: not sealed yet.
    """

    id: UUID
    at: datetime
    recorded_at: datetime
    actor_kind: ActorKind
    actor_id: UUID | None
    actor_name: str | None
    actor_roles: str
    origin: str
    verb: str
    refusal: str | None
    object_kind: str
    object_id: UUID | None
    changes: dict[str, list[str | None]] | None
    times: int
    request_id: str
    reason: str | None
    position: int | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None is whatever. `since` and `until` are campaign time, half open."""

    actor_id: UUID | None = None
    verb: str | None = None
    refused: bool | None = None
    object_kind: str | None = None
    object_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    request_id: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        entry = LedgerEntry
        equal = {
            entry.actor_id: self.actor_id,
            entry.verb: self.verb,
            entry.object_kind: self.object_kind,
            entry.object_id: self.object_id,
            entry.request_id: self.request_id,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.refused is not None:
            found.append(entry.refusal.is_not(None) if self.refused else entry.refusal.is_(None))
        if self.since is not None:
            found.append(entry.at >= self.since)
        if self.until is not None:
            found.append(entry.at < self.until)
        return found


@dataclass(frozen=True, slots=True)
class Head:
    """A seal, whose `head` stands for every row up to `last_position`.

    `unsealed`: rows that wait for the next one.
    """

    number: int
    last_position: int
    head: bytes
    sealed_at: datetime
    unsealed: int


async def list_entries(sessions: Sessions, *, wanted: Wanted, page: PageRequest) -> Page[Kept]:
    """What is kept, newest first by campaign time."""
    statement: AnySelect = (
        select(*_COLUMNS)
        .outerjoin(Staff, Staff.id == LedgerEntry.actor_id)
        .where(*wanted.conditions())
    )
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
    return rows.map(_kept)


async def find_head(sessions: Sessions, *, number: int | None = None) -> Head:
    """The newest seal, or the one of that number. Raises `NotFound`: nothing is sealed yet."""
    unsealed = select(func.count()).where(LedgerEntry.position.is_(None)).scalar_subquery()
    statement = select(
        LedgerSeal.number,
        LedgerSeal.last_position,
        LedgerSeal.head,
        LedgerSeal.sealed_at,
        unsealed,
    ).order_by(LedgerSeal.number.desc())
    if number is not None:
        statement = statement.where(LedgerSeal.number == number)
    async with sessions() as session:
        row = (await session.execute(statement.limit(1))).one_or_none()
    if row is None:
        raise NotFound()
    return Head(*row)


def _kept(row: Sequence[Any]) -> Kept:
    return Kept(*row[: len(_COLUMNS)])
