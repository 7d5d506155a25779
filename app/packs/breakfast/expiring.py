"""Vouchers that are about to expire, and what their holders are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Text, cast, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch, Voucher
from app.models.identity import Member, Store
from app.models.notices import Notice
from app.models.states import District, StoreState
from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.packs.breakfast.store_queries import Scope, in_scope
from app.platform.clock import day_end, day_start, shanghai_day
from app.shared.notices import NewNotice

# In one transaction.
BATCH = 500
KEY = "breakfast:expiring:"


@dataclass(frozen=True, slots=True)
class ExpiringVoucher:
    """An unused voucher and whose it is."""

    id: UUID
    batch_id: UUID
    member_id: UUID
    face_value_fen: int
    valid_until: datetime
    district: District


async def find_expiring(session: AsyncSession, now: datetime) -> Sequence[ExpiringVoucher]:
    """Unused ones whose last day is today or tomorrow and whose holder does not know, the first
    to expire first. What was claimed today its holder knows anyway; tests are nobody's.
    """
    today = shanghai_day(now)
    told = exists().where(
        Notice.member_id == Voucher.member_id,
        Notice.dedupe_key == func.concat(KEY, cast(Voucher.id, Text)),
    )
    rows = await session.execute(
        select(
            Voucher.id,
            Voucher.batch_id,
            Voucher.member_id,
            Voucher.face_value_fen,
            Voucher.valid_until,
            Member.district,
        )
        .join(Member, Member.id == Voucher.member_id)
        .join(Batch, Batch.id == Voucher.batch_id)
        .where(
            # In the index's own words, so that its rows are all that is read.
            text("breakfast_voucher.state = 'issued'"),
            Voucher.valid_until > now,
            Voucher.valid_until <= day_end(today + timedelta(days=1)),
            Voucher.issued_at < day_start(today),
            ~Batch.test,
            Member.erased_at.is_(None),
            ~told,
        )
        .order_by(Voucher.valid_until, Voucher.id)
        .limit(BATCH)
    )
    return [ExpiringVoucher(*row) for row in rows]


async def announcements(
    session: AsyncSession, vouchers: Sequence[ExpiringVoucher]
) -> list[NewNotice]:
    """A notice a voucher, with how many stores redeem it where its holder lives."""
    stores = await _count_stores(session, {voucher.batch_id for voucher in vouchers})
    return [_announcement(voucher, stores[voucher.batch_id]) for voucher in vouchers]


def _announcement(voucher: ExpiringVoucher, stores: dict[District, int]) -> NewNotice:
    """Where no store of the district redeems it, those of the whole city are named."""
    area = voucher.district if voucher.district in stores else None
    link = f"/v1/breakfast/stores?batch_id={voucher.batch_id}"
    return NewNotice(
        VOUCHER_EXPIRING,
        voucher.member_id,
        {
            "face_value": voucher.face_value_fen,
            "last_day": shanghai_day(voucher.valid_until - timedelta(microseconds=1)),
            "area": area,
            "store_count": stores[area] if area else sum(stores.values()),
        },
        dedupe_key=f"{KEY}{voucher.id}",
        not_after=voucher.valid_until,
        link=f"{link}&district={area}" if area else link,
    )


async def _count_stores(
    session: AsyncSession, batch_ids: Iterable[UUID]
) -> dict[UUID, dict[District, int]]:
    """By batch and district, those that are active; a statement a batch, of which few expire
    on one day."""
    scopes = await session.execute(
        select(Batch.id, Batch.store_districts, Batch.store_ids).where(
            Batch.id.in_(list(batch_ids))
        )
    )
    counts: dict[UUID, dict[District, int]] = {}
    for batch_id, districts, store_ids in scopes.all():
        rows = await session.execute(
            select(Store.district, func.count())
            .where(Store.state == StoreState.ACTIVE, in_scope(Scope(districts, store_ids)))
            .group_by(Store.district)
        )
        counts[batch_id] = dict(rows.all())
    return counts
