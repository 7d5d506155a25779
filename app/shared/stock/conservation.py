"""Proof from rows alone: nothing over-issued, nothing lost.

`inspect_books` knows the books; a pack hands in its `Holdings`, so that every
grant has its row and every row its grant.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.stock import StockEntry, StockPool
from app.platform.db import AnySelect, Sessions
from app.shared.verification import SHOWN, Check, run_checks


@dataclass(frozen=True, slots=True)
class Holdings:
    """A pack's live rows of one kind of pool.

    `live` selects (claim_id, pool_id) of all rows that hold a unit; `held` the
    same for the part of them that has a due time, if any can.
    """

    kind: str
    live: AnySelect
    held: AnySelect | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """One pool, from the books in one snapshot."""

    pool_id: UUID
    group_id: UUID
    kind: str
    owner_id: UUID
    total: int
    issued: int
    seq: int
    entries: int
    live: int
    held: int

    @property
    def free(self) -> int:
        return self.total - self.issued

    @property
    def equal(self) -> bool:
        return self.issued == self.entries == self.live <= self.total


async def snapshot(sessions: Sessions, holdings: Sequence[Holdings]) -> list[Balance]:
    """Every pool's figures, in one snapshot."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return await balances(session, holdings)


async def balances(session: AsyncSession, holdings: Sequence[Holdings]) -> list[Balance]:
    """Every pool's figures. The session should be REPEATABLE READ: one snapshot."""
    found: list[Balance] = []
    for part in holdings:
        sums = (
            select(StockEntry.pool_id, func.sum(StockEntry.quantity).label("entries"))
            .group_by(StockEntry.pool_id)
            .subquery()
        )
        live = _count(part.live)
        held = _count(part.held) if part.held is not None else None
        columns = [
            StockPool.id,
            StockPool.group_id,
            StockPool.kind,
            StockPool.owner_id,
            StockPool.total,
            StockPool.issued,
            StockPool.seq,
            func.coalesce(sums.c.entries, 0),
            func.coalesce(live.c.n, 0),
            func.coalesce(held.c.n, 0) if held is not None else literal(0),
        ]
        statement = (
            select(*columns)
            .outerjoin(sums, sums.c.pool_id == StockPool.id)
            .outerjoin(live, live.c.pool_id == StockPool.id)
            .where(StockPool.kind == part.kind)
            .order_by(StockPool.id)
        )
        if held is not None:
            statement = statement.outerjoin(held, held.c.pool_id == StockPool.id)
        found += [Balance(*row) for row in await session.execute(statement)]
    return found


def _count(rows: AnySelect) -> Any:
    inner = rows.subquery()
    return select(inner.c.pool_id, func.count().label("n")).group_by(inner.c.pool_id).subquery()


# Each finds what is wrong; no row, no fault.
_BOOK_CHECKS: dict[str, str] = {
    "stock_entries_numbered": """
        SELECT p.id, p.seq, count(e.seq), min(e.seq), max(e.seq)
          FROM stock_pool p LEFT JOIN stock_entry e ON e.pool_id = p.id
         GROUP BY p.id
        HAVING count(e.seq) <> p.seq OR min(e.seq) <> 1 OR coalesce(max(e.seq), 0) <> p.seq""",
    "stock_running_sum_within_total": """
        SELECT pool_id, seq, running, total_after FROM (
            SELECT pool_id, seq, total_after,
                   sum(quantity) OVER (PARTITION BY pool_id ORDER BY seq) AS running
              FROM stock_entry) s
         WHERE running < 0 OR running > total_after""",
    "stock_issued_is_sum": """
        SELECT p.id, p.issued, coalesce(sum(e.quantity), 0)
          FROM stock_pool p LEFT JOIN stock_entry e ON e.pool_id = p.id
         GROUP BY p.id HAVING p.issued <> coalesce(sum(e.quantity), 0) OR p.issued > p.total""",
    "stock_use_is_sum": """
        WITH entries AS (
            SELECT e.person_id, p.group_id, d.day, sum(e.quantity) AS used
              FROM stock_entry e JOIN stock_pool p ON p.id = e.pool_id
             CROSS JOIN LATERAL (VALUES (e.day), ('-infinity'::date)) AS d (day)
             WHERE e.quantity <> 0
             GROUP BY e.person_id, p.group_id, d.day)
        SELECT coalesce(u.person_id, e.person_id), u.used, e.used
          FROM stock_use u FULL JOIN entries e USING (person_id, group_id, day)
         WHERE coalesce(u.used, 0) <> coalesce(e.used, 0)""",
    "stock_return_follows_grant": """
        SELECT r.claim_id FROM stock_entry r
          LEFT JOIN stock_entry g ON g.claim_id = r.claim_id AND g.quantity > 0
         WHERE r.quantity < 0
           AND (g.claim_id IS NULL OR g.seq > r.seq OR g.pool_id <> r.pool_id
                OR g.person_id <> r.person_id OR g.day <> r.day)""",
}


async def inspect_books(
    session: AsyncSession, holdings: Sequence[Holdings]
) -> AsyncIterator[Check]:
    """Every check of this room."""
    async for check in run_checks(session, _BOOK_CHECKS):
        yield check
    for part in holdings:
        rows = await session.execute(_unmatched(part).limit(SHOWN))
        yield Check(f"{part.kind}_rows_match_grants", [f"claim {row.claim_id}" for row in rows])
    known = {part.kind for part in holdings}
    rows = await session.execute(select(StockPool.kind).where(StockPool.kind.not_in(known)))
    yield Check("stock_pools_have_a_pack", sorted({f"kind {row.kind}" for row in rows}))


def _unmatched(part: Holdings) -> AnySelect:
    """Grants that are not returned without a live row, and live rows without such a grant."""
    granted = (
        select(StockEntry.claim_id, StockEntry.pool_id)
        .join(StockPool, StockPool.id == StockEntry.pool_id)
        .where(StockPool.kind == part.kind, StockEntry.quantity != 0)
        .group_by(StockEntry.claim_id, StockEntry.pool_id)
        .having(func.sum(StockEntry.quantity) > 0)
        .subquery()
    )
    live = part.live.subquery()
    joined = granted.outerjoin(
        live,
        (live.c.claim_id == granted.c.claim_id) & (live.c.pool_id == granted.c.pool_id),
        full=True,
    )
    claim = case((granted.c.claim_id.is_(None), live.c.claim_id), else_=granted.c.claim_id).label(
        "claim_id"
    )
    return (
        select(claim)
        .select_from(joined)
        .where(granted.c.claim_id.is_(None) | live.c.claim_id.is_(None))
    )
