"""Places on a list: taken, left, looked at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.models.states import WaitingState
from app.models.waiting import LIVE, WaitingEntry
from app.platform.ids import new_id
from app.shared.outbox.put import Transaction
from app.shared.stock import Pool
from app.shared.waiting.refusals import AlreadyWaiting

LIVE_STATES = (WaitingState.WAITING, WaitingState.OFFERED)


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place on the list of a pool. `why`: for what reason nothing was offered."""

    id: UUID
    pool_id: UUID
    member_id: UUID
    person_id: UUID
    state: WaitingState
    joined_at: datetime
    ended_at: datetime | None
    why: str | None


COLUMNS = (
    WaitingEntry.id,
    WaitingEntry.pool_id,
    WaitingEntry.member_id,
    WaitingEntry.person_id,
    WaitingEntry.state,
    WaitingEntry.joined_at,
    WaitingEntry.ended_at,
    WaitingEntry.why,
)


async def join(
    transaction: Transaction, pool: Pool, *, member_id: UUID, person_id: UUID, now: datetime
) -> Place:
    """The last place of the pool's list. The caller holds the pool's locks.

    Raises `AlreadyWaiting`.
    """
    joined = await transaction.execute(
        insert(WaitingEntry)
        .values(
            id=new_id(),
            pool_id=pool.id,
            group_id=pool.group_id,
            member_id=member_id,
            person_id=person_id,
            state=WaitingState.WAITING,
            joined_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=[WaitingEntry.group_id, WaitingEntry.person_id], index_where=text(LIVE)
        )
        .returning(*COLUMNS)
    )
    row: Any = joined.one_or_none()
    if row is not None:
        return Place(*row)
    place = await live_place(transaction, group_id=pool.group_id, person_id=person_id)
    assert place is not None, "another is there"
    raise AlreadyWaiting(entry_id=str(place.id))


@dataclass(frozen=True, slots=True)
class NewPlace:
    """Somebody who is to wait."""

    member_id: UUID
    person_id: UUID


async def join_all(
    transaction: Transaction, pool: Pool, people: Sequence[NewPlace], *, now: datetime
) -> dict[UUID, UUID]:
    """The last places of the pool's list, in the order of `people`; their ids by person, without
    those who wait in this group already. The caller holds the pool's locks."""
    # Ids grow in the order in which they are made, and so stand the places of one instant.
    rows = [
        {
            "id": new_id(),
            "pool_id": pool.id,
            "group_id": pool.group_id,
            "member_id": each.member_id,
            "person_id": each.person_id,
            "state": WaitingState.WAITING,
            "joined_at": now,
        }
        for each in people
    ]
    joined = await transaction.execute(
        insert(WaitingEntry)
        .values(rows)
        .on_conflict_do_nothing(
            index_elements=[WaitingEntry.group_id, WaitingEntry.person_id], index_where=text(LIVE)
        )
        .returning(WaitingEntry.person_id, WaitingEntry.id)
    )
    return {row.person_id: row.id for row in joined}


async def live_place(transaction: Transaction, *, group_id: UUID, person_id: UUID) -> Place | None:
    """A person's place among the pools of a group, if there is one that is not over."""
    row = (
        await transaction.execute(
            select(*COLUMNS).where(
                WaitingEntry.group_id == group_id,
                WaitingEntry.person_id == person_id,
                WaitingEntry.state.in_(LIVE_STATES),
            )
        )
    ).one_or_none()
    return None if row is None else Place(*row)


async def places_ahead(transaction: Transaction, place: Place) -> int:
    """How many wait before this one."""
    count = await transaction.scalar(
        select(func.count()).where(
            WaitingEntry.pool_id == place.pool_id,
            WaitingEntry.state == WaitingState.WAITING,
            tuple_(WaitingEntry.joined_at, WaitingEntry.id) < tuple_(place.joined_at, place.id),
        )
    )
    return int(count or 0)


async def end_places(
    transaction: Transaction,
    *,
    group_id: UUID,
    person_ids: Collection[UUID],
    state: WaitingState,
    now: datetime,
    why: str | None = None,
) -> None:
    """Who waits of these persons does so no more: they left, or have what they waited for.

    Places with an open offer stay, whose end is the offer's affair.
    """
    await transaction.execute(
        update(WaitingEntry)
        .where(
            WaitingEntry.group_id == group_id,
            WaitingEntry.person_id.in_(list(person_ids)),
            WaitingEntry.state == WaitingState.WAITING,
        )
        .values(state=state, ended_at=now, why=why)
    )
