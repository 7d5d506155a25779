"""Units that an order takes of the books, and what becomes of them: each once, none forgotten."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesLine, GiftBoxesUnit
from app.models.states_gift_boxes import UnitState
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.offers import offer_free
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.refusals import BoxLimitReached, BoxSoldOut, SaleOver
from app.packs.gift_boxes.rules import shown
from app.platform.errors import Refusal
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.stock import (
    Grant,
    NotOpen,
    Pool,
    Press,
    Recorder,
    Verdict,
    give_back,
    grant,
    lock_pools,
)

# What is told first where several boxes refuse: the contract's order.
_FIRST_TOLD = (
    Verdict.ENDED,
    Verdict.NOT_OPEN,
    Verdict.PAUSED,
    Verdict.SOLD_OUT,
    Verdict.TOTAL_LIMIT,
)


@dataclass(frozen=True, slots=True)
class WantedUnits:
    """So many of a box, out of one of its two pools, for a line of an order."""

    box: BoxFacts
    pool: Pool
    line_id: UUID
    quantity: int


async def take_units(
    session: AsyncSession, wanted: Sequence[WantedUnits], *, member_id: UUID, person_id: UUID
) -> None:
    """All of it, in the caller's transaction; groups and pools are locked by id, all at once.

    Raises `NotOpen` (`SaleOver`), `BoxSoldOut`, `BoxLimitReached`: then the caller's transaction
    (or its savepoint) must not commit.
    """
    await lock_pools(session, [each.pool.id for each in wanted])
    refused: list[tuple[Verdict, BoxFacts]] = []
    for each in wanted:
        presses = [
            Press(new_id(), each.line_id.bytes, member_id, person_id, payload=each)
            for _ in range(each.quantity)
        ]
        decisions = await grant(session, each.pool.id, presses, _RECORDER)
        refused += [(one.verdict, each.box) for one in decisions if one.row is None][:1]
    if refused:
        verdict, box = min(refused, key=lambda pair: _FIRST_TOLD.index(pair[0]))
        raise refusal_of(verdict, box)


def refusal_of(verdict: Verdict, box: BoxFacts) -> Refusal:
    """What an order hears for this box of it."""
    about: dict[str, Any] = {"box_id": str(box.id), "name": box.name}
    if verdict is Verdict.NOT_OPEN:
        return NotOpen(opens_at=shown(box.opens_at), **about)
    if verdict is Verdict.TOTAL_LIMIT:
        return BoxLimitReached(rule="per_person", limit=box.per_person, **about)
    if verdict is Verdict.SOLD_OUT:
        return BoxSoldOut(**about)
    return SaleOver(closes_at=shown(box.closes_at), **about)


async def held_units(session: AsyncSession, line_id: UUID, count: int | None = None) -> list[UUID]:
    """Units of a line that it holds; so many of them, or all. Its order is locked."""
    found = await session.scalars(
        select(GiftBoxesUnit.id)
        .where(GiftBoxesUnit.line_id == line_id, GiftBoxesUnit.state == UnitState.HELD)
        .order_by(GiftBoxesUnit.id)
        .limit(count)
    )
    return list(found)


async def return_units(
    session: AsyncSession,
    unit_ids: Collection[UUID],
    *,
    why: str,
    now: datetime,
    actor: Actor,
) -> None:
    """Exactly these go back to their pools, and on to who waits. Their order is locked.

    Free boxes have no list: they are free again, unless the caller knows whose they are.
    """
    pools = await _counted(session, unit_ids)
    await lock_pools(session, pools)
    ended = await session.scalars(
        update(GiftBoxesUnit)
        .where(GiftBoxesUnit.id.in_(unit_ids), GiftBoxesUnit.state == UnitState.HELD)
        .values(state=UnitState.RETURNED, ended_at=now)
        .returning(GiftBoxesUnit.id)
    )
    for unit_id in sorted(ended.all()):
        await give_back(session, unit_id, why=why)
    for pool_id in sorted(pools):
        if await _is_sold(session, pool_id):
            box = await queries.box_of_pool(session, pool_id)
            await offer_free(session, box, pools[pool_id], now=now, actor=actor)


async def return_all(
    session: AsyncSession, order_id: UUID, *, why: str, now: datetime, actor: Actor
) -> None:
    """Whatever a locked order still holds."""
    held = await session.scalars(
        select(GiftBoxesUnit.id)
        .join(GiftBoxesLine, GiftBoxesLine.id == GiftBoxesUnit.line_id)
        .where(GiftBoxesLine.order_id == order_id, GiftBoxesUnit.state == UnitState.HELD)
    )
    unit_ids = held.all()
    if unit_ids:
        await return_units(session, unit_ids, why=why, now=now, actor=actor)


async def pools_of(session: AsyncSession, order_ids: Collection[UUID]) -> list[UUID]:
    """The pools of what these orders hold."""
    found = await session.scalars(
        select(GiftBoxesUnit.pool_id)
        .join(GiftBoxesLine, GiftBoxesLine.id == GiftBoxesUnit.line_id)
        .where(GiftBoxesLine.order_id.in_(order_ids), GiftBoxesUnit.state == UnitState.HELD)
        .distinct()
    )
    return list(found)


async def scrap_units(session: AsyncSession, unit_ids: Collection[UUID], *, now: datetime) -> None:
    """These can be sold to nobody else: they stay taken in the books, and nobody's."""
    await session.execute(
        update(GiftBoxesUnit)
        .where(GiftBoxesUnit.id.in_(unit_ids), GiftBoxesUnit.state == UnitState.HELD)
        .values(state=UnitState.SCRAPPED, ended_at=now)
    )


async def add_unit(
    session: AsyncSession, *, unit_id: UUID, line_id: UUID, pool_id: UUID, now: datetime
) -> None:
    """One that the books have granted already, to an offer."""
    await session.execute(
        insert(GiftBoxesUnit).values(
            id=unit_id, line_id=line_id, pool_id=pool_id, state=UnitState.HELD, taken_at=now
        )
    )


async def _counted(session: AsyncSession, unit_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many of these are held, by pool."""
    pools = await session.scalars(
        select(GiftBoxesUnit.pool_id).where(
            GiftBoxesUnit.id.in_(unit_ids), GiftBoxesUnit.state == UnitState.HELD
        )
    )
    return Counter(pools.all())


async def _is_sold(session: AsyncSession, pool_id: UUID) -> bool:
    found = select(GiftBoxesBox.id).where(GiftBoxesBox.sold_pool_id == pool_id)
    return await session.scalar(found) is not None


async def _insert(connection: AsyncConnection, grants: Sequence[Grant]) -> list[UUID]:
    """One row a unit, inside the flush that grants it."""
    await connection.execute(
        insert(GiftBoxesUnit),
        [
            {
                "id": each.press.claim_id,
                "line_id": each.press.payload.line_id,
                "pool_id": each.press.payload.pool.id,
                "state": UnitState.HELD,
                "taken_at": each.at,
            }
            for each in grants
        ],
    )
    return [each.press.claim_id for each in grants]


async def _read(_: AsyncConnection, __: Sequence[UUID]) -> dict[UUID, UUID]:
    # Claim ids are new, so none is a repeat.
    return {}


_RECORDER: Recorder[UUID] = Recorder(insert=_insert, read=_read)
