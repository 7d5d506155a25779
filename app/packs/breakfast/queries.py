"""Breakfast's SQL for batches, and for vouchers as staff see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.breakfast import Batch, Voucher
from app.models.identity import Member, Store
from app.models.states import PoolState, VoucherState
from app.models.stock import StockPool
from app.packs.breakfast.rules import Limits
from app.platform.db import AnySelect, is_one_of
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns import shown
from app.shared.identity.callers import Districts
from app.shared.identity.districts import within
from app.shared.stock import POOL_COLUMNS, Pool

BATCHES_BY_OPENING = Keyset(StockPool.opens_at, Batch.id)
VOUCHERS_NEWEST_FIRST = Keyset(Voucher.issued_at, Voucher.id, descending=True)


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch with its pool, as committed at one moment."""

    pool: Pool
    id: UUID
    campaign_id: UUID
    series_id: UUID
    series_day: int
    name: str
    limit_group: str
    face_value_fen: int
    valid_days: int
    valid_from: datetime | None
    eligible_categories: Sequence[str]
    store_districts: Sequence[str] | None
    store_ids: Sequence[UUID] | None
    test: bool
    test_of: UUID | None
    version: int
    created_at: datetime

    @property
    def limits(self) -> Limits:
        return Limits(self.pool.per_person_per_day, self.pool.per_person_total)


_BATCH = (
    Batch.id,
    Batch.campaign_id,
    Batch.series_id,
    Batch.series_day,
    Batch.name,
    Batch.limit_group,
    Batch.face_value_fen,
    Batch.valid_days,
    Batch.valid_from,
    Batch.eligible_categories,
    Batch.store_districts,
    Batch.store_ids,
    Batch.test,
    Batch.test_of,
    Batch.version,
    Batch.created_at,
)
_STAFF_VOUCHER = (
    Voucher.id,
    Voucher.batch_id,
    Member.member_no,
    Voucher.state,
    Voucher.face_value_fen,
    Voucher.issued_at,
    Voucher.valid_from,
    Voucher.valid_until,
)


def select_batches() -> AnySelect:
    return select(*_BATCH, *POOL_COLUMNS).join(StockPool, StockPool.id == Batch.pool_id)


def batch_facts(row: Sequence[Any]) -> BatchFacts:
    """A row of `select_batches`."""
    width = len(_BATCH)
    pool = Pool(*row[width : width + len(POOL_COLUMNS)])
    return BatchFacts(pool, *row[:width])


# Put together once: a crowd asks it again and again.
_BY_IDS = select_batches().where(is_one_of(Batch.id, "ids"))


async def find_batches(
    session: AsyncSession | AsyncConnection, ids: Iterable[UUID]
) -> dict[UUID, BatchFacts]:
    rows = await session.execute(_BY_IDS, {"ids": list(ids)})
    return {facts.id: facts for facts in map(batch_facts, rows)}


async def lock_batch(session: AsyncSession, batch_id: UUID) -> BatchFacts | None:
    """The batch for a change by staff. Its row is locked before its pool's."""
    found = await session.scalar(
        select(Batch.id).where(Batch.id == batch_id).with_for_update(key_share=True)
    )
    return (await find_batches(session, [batch_id]))[batch_id] if found else None


async def lock_series(session: AsyncSession, series_id: UUID) -> list[BatchFacts]:
    """All batches of a series, locked, first day first."""
    ids = await session.scalars(
        select(Batch.id)
        .where(Batch.series_id == series_id)
        .order_by(Batch.id)
        .with_for_update(key_share=True)
    )
    found = await find_batches(session, ids)
    return sorted(found.values(), key=lambda facts: facts.series_day)


async def store_ids(session: AsyncSession, store_nos: Iterable[str]) -> dict[str, UUID]:
    rows = await session.execute(
        select(Store.store_no, Store.id).where(Store.store_no.in_(list(store_nos)))
    )
    return dict(rows.all())


async def page_of_offers(
    session: AsyncSession, page: PageRequest, campaign_id: UUID | None, *, now: datetime
) -> Page[BatchFacts]:
    """Batches that are open now or later, of one edition or of all that run."""
    statement = select_batches().where(
        StockPool.closes_at > now,
        StockPool.state.in_([PoolState.RUNNING, PoolState.PAUSED]),
        Batch.test.is_(False),
        shown(Batch.campaign_id, campaign_id),
    )
    return (await BATCHES_BY_OPENING.page(session, statement, page)).map(batch_facts)


_LIVE_VOUCHERS = (
    select(Voucher.member_id, Voucher.batch_id, func.count())
    .where(
        is_one_of(Voucher.member_id, "members"),
        is_one_of(Voucher.batch_id, "batches"),
        Voucher.state != VoucherState.VOID,
    )
    .group_by(Voucher.member_id, Voucher.batch_id)
)


async def live_vouchers(
    session: AsyncSession, member_ids: Iterable[UUID], batch_ids: Iterable[UUID]
) -> dict[UUID, dict[UUID, int]]:
    """How many vouchers, void ones aside, each member was granted in each batch."""
    rows = await session.execute(
        _LIVE_VOUCHERS, {"members": list(member_ids), "batches": list(batch_ids)}
    )
    found: dict[UUID, dict[UUID, int]] = {}
    for member_id, batch_id, count in rows:
        found.setdefault(member_id, {})[batch_id] = count
    return found


@dataclass(frozen=True, slots=True)
class StaffVoucher:
    """A voucher as staff see it: never its code, which is its holder's."""

    id: UUID
    batch_id: UUID
    member_no: str
    state: VoucherState
    face_value_fen: int
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime


def select_staff_vouchers() -> AnySelect:
    return select(*_STAFF_VOUCHER).join(Member, Member.id == Voucher.member_id)


def staff_voucher(row: Sequence[Any]) -> StaffVoucher:
    """A row of `select_staff_vouchers`."""
    return StaffVoucher(*row[: len(_STAFF_VOUCHER)])


async def holders(session: AsyncSession, voucher_ids: Iterable[UUID]) -> Sequence[UUID]:
    """The members who hold these vouchers, each once."""
    found = await session.scalars(
        select(Voucher.member_id).where(Voucher.id.in_(list(voucher_ids))).distinct()
    )
    return found.all()


async def lock_voucher(
    session: AsyncSession, voucher_id: UUID, districts: Districts = None
) -> StaffVoucher | None:
    statement = select_staff_vouchers().where(
        Voucher.id == voucher_id, within(districts, Member.district)
    )
    # The key stays, so rows that point to the voucher need not wait.
    locked = statement.with_for_update(of=Voucher, key_share=True)
    row = (await session.execute(locked)).one_or_none()
    return staff_voucher(row) if row else None


async def pool_of_batch(session: AsyncSession, batch_id: UUID) -> Pool:
    return (await find_batches(session, [batch_id]))[batch_id].pool
