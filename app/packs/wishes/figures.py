"""Wishes in figures: one definition each, from rows of history alone, which nobody changes.

So a figure as of a past time is the same whenever it is asked for, also when somebody concerned
was erased since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import District
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.shared.campaigns import current_campaign
from app.shared.identity.callers import Districts

# A transaction may commit so long after the time that its rows carry. What is younger is not
# counted yet, or the same question would have two answers.
SETTLED = timedelta(seconds=5)

DEFINITIONS: dict[str, Words] = {
    "received": Words(
        "截至该时刻发布的心愿（含后来驳回、撤回、过期的）",
        "wishes posted until then, also those rejected, withdrawn or expired later",
    ),
    "fulfilled": Words(
        "截至该时刻经心愿人（或其沉默七天后由工作人员）确认实现的心愿",
        "wishes confirmed until then by the wisher, or by staff after seven days of silence",
    ),
    "first_claim_h": Words(
        "从首次公开到首次被认领的小时数：中位数与九成分位",
        "hours from first being public to the first claim: median and ninth decile",
    ),
    "fulfilment_h": Words(
        "从发布到确认实现的小时数：中位数与九成分位",
        "hours from posting to confirmation: median and ninth decile",
    ),
}

_PUBLIC = text("""
    SELECT count(*) FILTER (WHERE move.act = 'post') AS received,
           count(*) FILTER (WHERE move.act = 'confirm') AS fulfilled
      FROM wish_history move JOIN wish ON wish.id = move.wish_id
     WHERE wish.campaign_id = :campaign AND move.act IN ('post', 'confirm') AND move.at <= :as_of
""")
_BY_KIND_AND_DISTRICT = text("""
    WITH moves AS (
        SELECT wish.id, wish.kind, wish.district,
               min(move.at) FILTER (WHERE move.act = 'post') AS posted_at,
               min(move.at) FILTER (WHERE move.act = 'approve') AS public_at,
               min(move.at) FILTER (WHERE move.act = 'claim') AS claimed_at,
               min(move.at) FILTER (WHERE move.act = 'confirm') AS fulfilled_at
          FROM wish JOIN wish_history move ON move.wish_id = wish.id
         WHERE wish.campaign_id = :campaign AND move.at <= :as_of
           AND (CAST(:districts AS text[]) IS NULL OR wish.district = ANY (:districts))
         GROUP BY wish.id
    ), hours AS (
        SELECT kind, district, fulfilled_at,
               extract(epoch FROM claimed_at - public_at) / 3600 AS first_claim_h,
               extract(epoch FROM fulfilled_at - posted_at) / 3600 AS fulfilment_h
          FROM moves
    )
    SELECT kind, district, count(*) AS received, count(fulfilled_at) AS fulfilled,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY first_claim_h) AS claim_median,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY first_claim_h) AS claim_ninth,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY fulfilment_h) AS fulfilment_median,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY fulfilment_h) AS fulfilment_ninth
      FROM hours GROUP BY kind, district ORDER BY kind, district
""")


@dataclass(frozen=True, slots=True)
class PublicFigures:
    received: int
    fulfilled: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Spread:
    """Hours: the median, and what nine of ten stay below. None: there was none."""

    median: float | None
    ninth_decile: float | None


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One kind in one district."""

    kind: str
    district: District
    received: int
    fulfilled: int
    first_claim_h: Spread
    fulfilment_h: Spread


async def public_figures(
    sessions: Sessions, clock: Clock, *, as_of: datetime | None = None
) -> PublicFigures:
    """The current campaign's, as of then; of the last five seconds nothing is said yet.

    Raises `NotFound`.
    """
    at = _settled(clock, as_of)
    async with sessions() as session:
        campaign_id = await _campaign_id(session)
        values = {"campaign": campaign_id, "as_of": at}
        row = (await session.execute(_PUBLIC, values)).one()
    return PublicFigures(row.received, row.fulfilled, at)


async def figures_by_group(
    sessions: Sessions, clock: Clock, *, districts: Districts = None, as_of: datetime | None = None
) -> tuple[datetime, Sequence[GroupFigures]]:
    """By kind and district, those of the caller's districts in which there were wishes.

    Raises `NotFound`.
    """
    at = _settled(clock, as_of)
    async with sessions() as session:
        values = {
            "campaign": await _campaign_id(session),
            "as_of": at,
            "districts": None if districts is None else sorted(districts),
        }
        rows = await session.execute(_BY_KIND_AND_DISTRICT, values)
        return at, [
            GroupFigures(
                row.kind,
                District(row.district),
                row.received,
                row.fulfilled,
                Spread(row.claim_median, row.claim_ninth),
                Spread(row.fulfilment_median, row.fulfilment_ninth),
            )
            for row in rows
        ]


def _settled(clock: Clock, as_of: datetime | None) -> datetime:
    latest = clock.now() - SETTLED
    return latest if as_of is None else min(as_of, latest)


async def _campaign_id(session: AsyncSession) -> UUID:
    return (await current_campaign(session)).id
