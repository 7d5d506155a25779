"""PostgreSQL's books: pools, their entries, and the only statements that change them.

Locks are taken in one order everywhere: group, then pools by id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.states import PoolState
from app.models.stock import StockEntry, StockGroup, StockPool
from app.platform.db import AnyRow
from app.platform.errors import VersionStale
from app.platform.fault_points import Point, reach
from app.platform.ids import new_id
from app.shared.stock.decisions import Press
from app.shared.stock.pool_key import PoolKey
from app.shared.stock.refusals import BelowIssued

# The driver writes the earliest date as -infinity.
FOR_ALL_DAYS = date.min

_FLUSH = text(
    "SELECT * FROM stock_flush(CAST(:pool AS uuid), CAST(:claims AS uuid[]), "
    "CAST(:members AS uuid[]), CAST(:persons AS uuid[]), CAST(:fingerprints AS bytea[]))"
)


@dataclass(frozen=True, slots=True)
class Line:
    """Which history of the books: the server's system identifier and its timeline."""

    system: str
    timeline: int


@dataclass(frozen=True, slots=True)
class Flushed:
    """What one call of `stock_flush` answered."""

    letters: str
    first_seq: int
    last_seq: int
    free: int
    state: str
    opens_at: datetime
    closes_at: datetime
    at: datetime
    day: date
    line: Line


@dataclass(frozen=True)
class Pool:
    """A pool as it stands. Limits of None are no limits."""

    id: UUID
    group_id: UUID
    total: int
    issued: int
    seq: int
    state: PoolState
    opens_at: datetime
    closes_at: datetime
    per_person_per_day: int | None
    per_person_total: int | None

    @property
    def free(self) -> int:
        return self.total - self.issued

    @cached_property
    def key(self) -> PoolKey:
        return PoolKey(self.id, self.group_id)


# What `Pool(*row)` is made of, for statements that join a pool to a pack's row.
POOL_COLUMNS = (
    StockPool.id,
    StockPool.group_id,
    StockPool.total,
    StockPool.issued,
    StockPool.seq,
    StockPool.state,
    StockPool.opens_at,
    StockPool.closes_at,
    StockPool.per_person_per_day,
    StockPool.per_person_total,
)


def _pool(row: AnyRow) -> Pool:
    return Pool(**row._mapping)


async def flush(connection: AsyncConnection, pool_id: UUID, presses: Sequence[Press]) -> Flushed:
    """Decide the presses in order. The transaction's commit makes it so."""
    row = (
        await connection.execute(
            _FLUSH,
            {
                "pool": pool_id,
                "claims": [press.claim_id for press in presses],
                "members": [press.member_id for press in presses],
                "persons": [press.person_id for press in presses],
                "fingerprints": [press.fingerprint for press in presses],
            },
        )
    ).one()
    return Flushed(
        letters=row.letters,
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        free=row.free,
        state=row.state,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        at=row.at,
        day=row.day,
        line=Line(row.system, row.timeline),
    )


async def create_pool(
    session: AsyncSession,
    *,
    group: str,
    kind: str,
    owner_id: UUID,
    total: int,
    opens_at: datetime,
    closes_at: datetime,
    per_person_per_day: int | None = None,
    per_person_total: int | None = None,
    state: PoolState = PoolState.DRAFT,
) -> UUID:
    """A new pool in the group of that name (made if missing). Answers its id."""
    group_id = await _group_id(session, group)
    pool = StockPool(
        id=new_id(),
        group_id=group_id,
        kind=kind,
        owner_id=owner_id,
        total=total,
        state=state,
        opens_at=opens_at,
        closes_at=closes_at,
        per_person_per_day=per_person_per_day,
        per_person_total=per_person_total,
    )
    session.add(pool)
    await session.flush()
    return pool.id


async def _group_id(session: AsyncSession, name: str) -> UUID:
    # DO UPDATE, not DO NOTHING: it returns the row that somebody else has just made.
    statement = insert(StockGroup).values(id=new_id(), name=name)
    statement = statement.on_conflict_do_update(
        index_elements=[StockGroup.name], set_={"name": statement.excluded.name}
    )
    group_id = await session.scalar(statement.returning(StockGroup.id))
    assert isinstance(group_id, UUID)
    return group_id


async def lock_pools(session: AsyncSession, pool_ids: Iterable[UUID]) -> dict[UUID, Pool]:
    """Lock groups, then pools, in id order, and read the pools as they now are."""
    ids = sorted(pool_ids)
    groups = select(StockPool.group_id).where(StockPool.id.in_(ids))
    await session.execute(
        select(StockGroup.id)
        .where(StockGroup.id.in_(groups))
        .order_by(StockGroup.id)
        .with_for_update(key_share=True)
    )
    rows = await session.execute(
        select(*POOL_COLUMNS)
        .where(StockPool.id.in_(ids))
        .order_by(StockPool.id)
        .with_for_update(key_share=True)
    )
    return {row.id: _pool(row) for row in rows}


async def read_pools(session: AsyncSession, pool_ids: Iterable[UUID]) -> dict[UUID, Pool]:
    """Pools as committed, without locks."""
    rows = await session.execute(select(*POOL_COLUMNS).where(StockPool.id.in_(list(pool_ids))))
    return {row.id: _pool(row) for row in rows}


async def check_total(
    session: AsyncSession, pool_id: UUID, *, expected_total: int | None, total: int | None
) -> Pool:
    """The pool, locked, if its total may be changed so; None asks nothing.

    Raises `VersionStale` when the total is not `expected_total`, `BelowIssued`.
    """
    pool = (await lock_pools(session, [pool_id]))[pool_id]
    if expected_total is not None and pool.total != expected_total:
        raise VersionStale(total=pool.total)
    if total is not None and total < pool.issued:
        raise BelowIssued(issued=pool.issued)
    return pool


async def change_pool(
    session: AsyncSession,
    pool_id: UUID,
    *,
    why: str,
    state: PoolState | None = None,
    expected_total: int | None = None,
    total: int | None = None,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> Pool:
    """Change state, total or window under the flush's own locks, with an entry of 0.

    The next flush feels it for certain. Answers the pool as it now is. Raises
    `VersionStale` when the total is not `expected_total`, `BelowIssued`.
    """
    pool = await check_total(session, pool_id, expected_total=expected_total, total=total)
    values = {
        "state": state or pool.state,
        "total": pool.total if total is None else total,
        "opens_at": opens_at or pool.opens_at,
        "closes_at": closes_at or pool.closes_at,
    }
    changed = await session.execute(
        update(StockPool)
        .where(StockPool.id == pool_id)
        .values(seq=StockPool.seq + 1, **values)
        .returning(*POOL_COLUMNS)
    )
    now = _pool(changed.one())
    session.add(
        StockEntry(
            pool_id=pool_id,
            seq=now.seq,
            quantity=0,
            total_after=now.total,
            at=await session.scalar(select(func.campaign_now())),
            why=why,
        )
    )
    await session.flush()
    return now


async def change_person_limit(
    session: AsyncSession, pool_ids: Iterable[UUID], *, why: str, per_person_total: int | None
) -> None:
    """Another limit in all for these pools, under the flush's own locks, with an entry of 0
    each. Who holds more than that keeps it. The next flush feels it for certain."""
    pools = (await lock_pools(session, pool_ids)).values()
    others = [pool for pool in pools if pool.per_person_total != per_person_total]
    await session.execute(
        update(StockPool)
        .where(StockPool.id.in_([pool.id for pool in others]))
        .values(seq=StockPool.seq + 1, per_person_total=per_person_total)
    )
    at = await session.scalar(select(func.campaign_now()))
    session.add_all(
        StockEntry(
            pool_id=pool.id, seq=pool.seq + 1, quantity=0, total_after=pool.total, at=at, why=why
        )
        for pool in others
    )
    await session.flush()


async def give_back(session: AsyncSession, claim_id: UUID, *, why: str) -> bool:
    """Return a granted unit, once; False if it was returned before.

    The caller marks its own row in the same transaction.
    """
    returned = await session.scalar(select(func.stock_return(claim_id, why)))
    await reach(Point.IN_RETURN)
    return bool(returned)
