"""The pack's SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.seats import Seat, Talk
from app.models.stock import StockPool
from app.shared.stock import POOL_COLUMNS, Pool


@dataclass(frozen=True, slots=True)
class TalkFacts:
    """A talk with its pool, as committed at one moment."""

    pool: Pool
    id: UUID
    title: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class SeatRow:
    id: UUID
    talk_id: UUID
    claimed_at: datetime


async def find_talk(session: AsyncSession, talk_id: UUID) -> TalkFacts | None:
    statement = (
        select(*POOL_COLUMNS, Talk.id, Talk.title, Talk.starts_at)
        .join(Talk, Talk.pool_id == StockPool.id)
        .where(Talk.id == talk_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    columns = len(POOL_COLUMNS)
    return TalkFacts(Pool(*row[:columns]), *row[columns:])


async def insert_seats(connection: AsyncConnection, seats: Sequence[dict[str, object]]) -> None:
    await connection.execute(insert(Seat), seats)


async def read_seats(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, SeatRow]:
    statement = select(Seat.id, Seat.talk_id, Seat.claimed_at).where(Seat.id.in_(claim_ids))
    return {row.id: SeatRow(*row) for row in await connection.execute(statement)}
