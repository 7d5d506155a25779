"""A pack as small as one can be: a unit is one row. What any pack must bring to the room.

Its table stands in a schema of its own, so that nobody takes it for one of the service's.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    false,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.shared.stock import Grant, Holdings, Outdated, Press, Recorder, give_back

KIND = "little"
SCHEMA = "little_pack"
# Notes that the pack cannot record: the database refuses the one, its own code the other; and
# the note of who pressed by something that has changed since.
POISON, UNREADABLE, STALE = "poison", "unreadable", "stale"

metadata = MetaData(schema=SCHEMA)
units = Table(
    "unit",
    metadata,
    Column("claim_id", Uuid, primary_key=True),
    Column("pool_id", Uuid, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("returned", Boolean, nullable=False, server_default=false()),
    CheckConstraint(f"note <> '{POISON}'", name="no_poison"),
)

HOLDINGS = Holdings(
    kind=KIND,
    live=select(units.c.claim_id, units.c.pool_id).where(units.c.returned.is_(False)),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a winner is shown."""

    claim_id: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The payload of a press."""

    pool_id: UUID
    note: str


class LittlePack:
    """`during_flush` is called inside the flush's transaction, after the units were written."""

    def __init__(self) -> None:
        self.recorder = Recorder(insert=self._insert, read=self._read)
        self.during_flush: Callable[[AsyncConnection], Awaitable[object]] | None = None

    async def _insert(self, connection: AsyncConnection, grants: Sequence[Grant]) -> Sequence[Unit]:
        await connection.execute(insert(units), [_row(grant) for grant in grants])
        if self.during_flush is not None:
            await self.during_flush(connection)
        if any(is_stale(grant.press) for grant in grants):
            raise Outdated(is_stale)
        return [Unit(grant.press.claim_id, grant.seq) for grant in grants]

    async def _read(
        self, connection: AsyncConnection, claim_ids: Sequence[UUID]
    ) -> dict[UUID, Unit]:
        rows = await connection.execute(
            select(units.c.claim_id, units.c.seq).where(units.c.claim_id.in_(claim_ids))
        )
        return {row.claim_id: Unit(*row) for row in rows}


def is_stale(press: Press) -> bool:
    wanted: Wanted = press.payload
    return wanted.note == STALE


def _row(grant: Grant) -> dict[str, Any]:
    wanted: Wanted = grant.press.payload
    if wanted.note == UNREADABLE:
        raise ValueError(wanted.note)
    return {
        "claim_id": grant.press.claim_id,
        "pool_id": wanted.pool_id,
        "seq": grant.seq,
        "note": wanted.note,
    }


async def return_unit(session: AsyncSession, claim_id: UUID, *, why: str = "test") -> bool:
    """As a pack does it: the room's part and its own row in one transaction."""
    returned = await give_back(session, claim_id, why=why)
    await session.execute(update(units).where(units.c.claim_id == claim_id).values(returned=True))
    return returned


def moment(at: datetime) -> int:
    """Microseconds of an instant, as the mirror keeps them."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond
