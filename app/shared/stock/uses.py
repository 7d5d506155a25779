"""What persons hold of a group of pools, that day and in all, by the books."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Date, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.stock import StockUse
from app.platform.db import is_one_of
from app.shared.stock.books import FOR_ALL_DAYS

_USES = select(StockUse.person_id, StockUse.group_id, StockUse.day, StockUse.used).where(
    is_one_of(StockUse.person_id, "persons"),
    is_one_of(StockUse.group_id, "groups"),
    StockUse.day.in_([bindparam("day", type_=Date), FOR_ALL_DAYS]),
)


async def uses_of(
    session: AsyncSession,
    *,
    person_ids: Iterable[UUID],
    group_ids: Iterable[UUID],
    day: date,
) -> dict[UUID, dict[UUID, tuple[int, int]]]:
    """What each person holds in each group: (that day, in all). What is not used is left out."""
    rows = await session.execute(
        _USES, {"persons": list(person_ids), "groups": list(group_ids), "day": day}
    )
    found: dict[UUID, dict[UUID, tuple[int, int]]] = {}
    for person_id, group_id, of, used in rows:
        groups = found.setdefault(person_id, {})
        a_day, in_all = groups.get(group_id, (0, 0))
        groups[group_id] = (used, in_all) if of == day else (a_day, used)
    return found


async def uses(
    session: AsyncSession, *, person_id: UUID, group_ids: Iterable[UUID], day: date
) -> dict[UUID, tuple[int, int]]:
    """As `uses_of`, of one person."""
    found = await uses_of(session, person_ids=[person_id], group_ids=group_ids, day=day)
    return found.get(person_id, {})
