"""The SQL of breakfast's figures. Test batches and other campaigns stay outside, in one place."""
# ruff: noqa: S608 - the parts that are put together are all of this module.

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch, Redemption, Voucher
from app.models.identity import Store
from app.models.states import District, RedemptionState
from app.platform.db import AnySelect
from app.platform.pages import Keyset
from app.shared.identity.callers import Districts
from app.shared.identity.districts import within

STORES_BY_NUMBER = Keyset(Store.store_no)

# What every question below is about; what is voided, redeemed and expired is said once.
_SCOPE = """
    WITH batch AS MATERIALIZED (
        SELECT id, pool_id FROM breakfast_batch WHERE campaign_id = :campaign_id AND NOT test
    ), voucher AS MATERIALIZED (
        SELECT v.id, v.member_id, v.state, v.face_value_fen, v.reversals_count, v.issued_at,
               v.valid_until, m.person_id, m.district,
               v.state = 'issued' AND v.valid_until <= :now AS expired
          FROM breakfast_voucher v
          JOIN batch ON batch.id = v.batch_id
          JOIN member m ON m.id = v.member_id
    ), redemption AS MATERIALIZED (
        SELECT r.state, r.redeemed_on, r.reversed_at, r.face_value_fen, s.district
          FROM breakfast_redemption r
          JOIN voucher ON voucher.id = r.voucher_id
          JOIN store s ON s.id = r.store_id
    ), viewed AS (
        SELECT v.hour, v.views FROM pack_views v
          JOIN pack p ON p.id = v.pack_id
         WHERE p.campaign_id = :campaign_id AND p.kind = 'breakfast'
    )
"""
_IN_DISTRICTS = "(CAST(:districts AS text[]) IS NULL OR district = ANY(:districts))"
_DAY = "(({}) AT TIME ZONE 'Asia/Shanghai')::date"

_TOTALS = text(f"""{_SCOPE}
    SELECT (SELECT COALESCE(sum(p.total), 0) FROM batch JOIN stock_pool p ON p.id = batch.pool_id
             WHERE p.state <> 'draft') AS budget,
           count(*) FILTER (WHERE state <> 'void') AS issued,
           count(*) FILTER (WHERE state = 'void') AS void,
           count(*) FILTER (WHERE state = 'redeemed') AS redeemed,
           COALESCE(sum(reversals_count), 0) AS reversed,
           count(*) FILTER (WHERE expired) AS expired,
           count(*) FILTER (WHERE state = 'issued' AND NOT expired) AS open,
           count(DISTINCT person_id) FILTER (WHERE state <> 'void') AS participants,
           (SELECT COALESCE(sum(views), 0) FROM viewed) AS page_views,
           COALESCE(sum(face_value_fen) FILTER (WHERE state = 'redeemed'), 0) AS redeemed_fen
      FROM voucher
""")

# A district's day: vouchers by their holder, redemptions by their store; pages have no district.
_BY_DAY = text(f"""{_SCOPE}, held AS (
        SELECT * FROM voucher WHERE {_IN_DISTRICTS}
    ), served AS (
        SELECT * FROM redemption WHERE {_IN_DISTRICTS}
    ), event (day, kind, person_id, amount, fen) AS (
        SELECT {_DAY.format("issued_at")}, 'issued', person_id, 1, 0
          FROM held WHERE state <> 'void'
        UNION ALL
        SELECT {_DAY.format("h.at")}, 'void', NULL, 1, 0
          FROM held JOIN breakfast_voucher_history h
               ON h.voucher_id = held.id AND h.act = 'void'
        UNION ALL
        SELECT redeemed_on, 'redeemed', NULL, 1, face_value_fen
          FROM served WHERE state = 'redeemed'
        UNION ALL
        SELECT {_DAY.format("reversed_at")}, 'reversed', NULL, 1, 0
          FROM served WHERE state = 'reversed'
        UNION ALL
        SELECT {_DAY.format("valid_until - interval '1 microsecond'")}, 'expired', NULL, 1, 0
          FROM held WHERE expired
        UNION ALL
        SELECT {_DAY.format("hour")}, 'viewed', NULL, views, 0
          FROM viewed WHERE CAST(:districts AS text[]) IS NULL
    )
    SELECT day,
           COALESCE(sum(amount) FILTER (WHERE kind = 'issued'), 0) AS issued,
           COALESCE(sum(amount) FILTER (WHERE kind = 'void'), 0) AS void,
           COALESCE(sum(amount) FILTER (WHERE kind = 'redeemed'), 0) AS redeemed,
           COALESCE(sum(amount) FILTER (WHERE kind = 'reversed'), 0) AS reversed,
           COALESCE(sum(amount) FILTER (WHERE kind = 'expired'), 0) AS expired,
           count(DISTINCT person_id) AS participants,
           COALESCE(sum(amount) FILTER (WHERE kind = 'viewed'), 0) AS page_views,
           sum(fen) AS redeemed_fen
      FROM event GROUP BY day ORDER BY day
""")

_BY_DISTRICT = text(f"""{_SCOPE}, had AS (
        SELECT district,
               count(*) FILTER (WHERE state <> 'void') AS issued,
               count(*) FILTER (WHERE state = 'void') AS void,
               count(*) FILTER (WHERE expired) AS expired,
               count(DISTINCT person_id) FILTER (WHERE state <> 'void') AS participants
          FROM voucher GROUP BY district
    ), served AS (
        SELECT district,
               count(*) FILTER (WHERE state = 'redeemed') AS redeemed,
               count(*) FILTER (WHERE state = 'reversed') AS reversed,
               COALESCE(sum(face_value_fen) FILTER (WHERE state = 'redeemed'), 0) AS redeemed_fen
          FROM redemption GROUP BY district
    )
    SELECT COALESCE(had.district, served.district) AS district,
           COALESCE(issued, 0), COALESCE(void, 0), COALESCE(redeemed, 0), COALESCE(reversed, 0),
           COALESCE(expired, 0), COALESCE(participants, 0), COALESCE(redeemed_fen, 0)
      FROM had FULL JOIN served USING (district)
""")


@dataclass(frozen=True, slots=True)
class Totals:
    """Each defined in `figures.DEFINITIONS`."""

    budget: int
    issued: int
    void: int
    redeemed: int
    reversed: int
    expired: int
    open: int
    participants: int
    page_views: int
    redeemed_fen: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    day: date
    issued: int
    void: int
    redeemed: int
    reversed: int
    expired: int
    participants: int
    page_views: int | None
    redeemed_fen: int


@dataclass(frozen=True, slots=True)
class DistrictFigures:
    district: District
    issued: int = 0
    void: int = 0
    redeemed: int = 0
    reversed: int = 0
    expired: int = 0
    participants: int = 0
    redeemed_fen: int = 0


@dataclass(frozen=True, slots=True)
class StoreFigures:
    store_id: UUID
    store_no: str
    name: str
    district: District
    redeemed: int
    reversed: int
    redeemed_fen: int


async def totals(session: AsyncSession, campaign_id: UUID, now: datetime) -> Totals:
    row = (await session.execute(_TOTALS, {"campaign_id": campaign_id, "now": now})).one()
    return Totals(*map(int, row))


async def by_day(
    session: AsyncSession, campaign_id: UUID, now: datetime, districts: Districts = None
) -> Sequence[DayFigures]:
    """The whole city's days, or those of some districts, whose page views nobody knows."""
    values = {"campaign_id": campaign_id, "now": now, "districts": districts and sorted(districts)}
    rows = await session.execute(_BY_DAY, values)
    days = [DayFigures(row[0], *map(int, row[1:])) for row in rows]
    return days if districts is None else [replace(day, page_views=None) for day in days]


async def by_district(
    session: AsyncSession, campaign_id: UUID, now: datetime, districts: Districts = None
) -> Sequence[DistrictFigures]:
    """All districts, or some, also those where nothing happened."""
    rows = await session.execute(_BY_DISTRICT, {"campaign_id": campaign_id, "now": now})
    found = {row[0]: DistrictFigures(District(row[0]), *map(int, row[1:])) for row in rows}
    shown = District if districts is None else sorted(districts)
    return [found.get(district, DistrictFigures(district)) for district in shown]


def by_store(campaign_id: UUID, districts: Districts = None) -> AnySelect:
    """A row a store of these districts: its columns, then redeemed, reversed and the face value
    redeemed."""
    of_campaign = (
        select(Redemption.store_id, Redemption.state, Redemption.face_value_fen)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Batch, Batch.id == Voucher.batch_id)
        .where(Batch.campaign_id == campaign_id, Batch.test.is_(False))
        .subquery()
    )
    redeemed = of_campaign.c.state == RedemptionState.REDEEMED
    return (
        select(
            Store.id,
            Store.store_no,
            Store.name,
            Store.district,
            func.count().filter(redeemed),
            func.count().filter(of_campaign.c.state == RedemptionState.REVERSED),
            func.coalesce(func.sum(of_campaign.c.face_value_fen).filter(redeemed), 0),
        )
        .outerjoin(of_campaign, of_campaign.c.store_id == Store.id)
        .where(within(districts, Store.district))
        .group_by(Store.id)
    )


def store_figures(row: Sequence[Any]) -> StoreFigures:
    """A row of `by_store`, whatever was added behind it."""
    *columns, redeemed, reversed_, fen = row[:7]
    fields: tuple[Any, ...] = (*columns, redeemed, reversed_, int(fen))
    return StoreFigures(*fields)
