"""Breakfast in figures, for staff and for the newspaper: one definition each, one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Store
from app.packs.breakfast import figures_queries as queries
from app.packs.breakfast.figures_queries import DayFigures, DistrictFigures, StoreFigures, Totals
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import current_campaign
from app.shared.identity.callers import Districts

DEFINITIONS: dict[str, Words] = {
    "budget": Words(
        "已启用（非草稿）批次的总量之和", "the totals of all batches that were started, added up"
    ),
    "issued": Words(
        "已发放且未作废的券；按发放日、会员所在区",
        "vouchers granted and not void; by the day of issue, the member's district",
    ),
    "void": Words(
        "已作废的券，其名额已退回；按作废日、会员所在区",
        "vouchers made void, whose units went back; by the day of voiding, the member's district",
    ),
    "redeemed": Words(
        "已核销且未冲正的券；按核销日、门店所在区",
        "vouchers redeemed and not reversed; by the day of redemption, the store's district",
    ),
    "reversed": Words(
        "冲正次数；按冲正日、门店所在区",
        "acts of reversal; by the day of reversal, the store's district",
    ),
    "expired": Words(
        "已过有效期且未核销的券；按有效期最后一日、会员所在区",
        "vouchers past their time and not redeemed; by their last day, the member's district",
    ),
    "open": Words("尚可使用的券：已发放减已核销减已过期", "issued less redeemed less expired"),
    "participants": Words(
        "领到过未作废券的自然人（多个账号算一人）；各日、各区之和不等于总数",
        "natural persons granted a voucher that is not void, however many accounts; days and "
        "districts do not add up to the whole",
    ),
    "page_views": Words("早餐券页面浏览次数", "views of the breakfast page"),
    "redeemed_fen": Words("已核销券的面值之和（分）", "face value of redeemed vouchers, in fen"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    as_of: datetime
    totals: Totals


async def breakfast_totals(sessions: Sessions, clock: Clock) -> Figures:
    """The current campaign's figures; test batches count nowhere. Raises `NotFound`."""
    now = clock.now()
    async with sessions.begin() as session:
        campaign_id = await _begin(session)
        return Figures(now, await queries.totals(session, campaign_id, now))


async def figures_by_day(
    sessions: Sessions,
    clock: Clock,
    *,
    districts: Districts = None,
    since: date | None = None,
    until: date | None = None,
) -> tuple[datetime, Sequence[DayFigures]]:
    """Each Shanghai day on which anything happened, within `[since, until]`. Raises `NotFound`.

    With `districts` what happened in them; page views are the city's, and left out.
    """
    now = clock.now()
    async with sessions.begin() as session:
        campaign_id = await _begin(session)
        days = await queries.by_day(session, campaign_id, now, districts)
    within = [
        day
        for day in days
        if (since is None or day.day >= since) and (until is None or day.day <= until)
    ]
    return now, within


async def figures_by_district(
    sessions: Sessions, clock: Clock, *, districts: Districts = None
) -> tuple[datetime, Sequence[DistrictFigures]]:
    """All ten districts or the caller's, also where nothing happened. Raises `NotFound`."""
    now = clock.now()
    async with sessions.begin() as session:
        campaign_id = await _begin(session)
        return now, await queries.by_district(session, campaign_id, now, districts)


async def figures_by_store(
    sessions: Sessions, clock: Clock, *, page: PageRequest, districts: Districts = None
) -> tuple[datetime, Page[StoreFigures]]:
    """Every store of the caller's districts by number, also those that redeemed nothing.

    Raises `NotFound`.
    """
    now = clock.now()
    async with sessions.begin() as session:
        campaign_id = await _begin(session)
        statement = queries.by_store(campaign_id, districts)
        rows = await queries.STORES_BY_NUMBER.page(session, statement, page)
    return now, rows.map(queries.store_figures)


async def figures_of_all_stores(
    sessions: Sessions, *, districts: Districts = None
) -> list[StoreFigures]:
    """`figures_by_store` without pages, for a file. Raises `NotFound`."""
    async with sessions.begin() as session:
        campaign_id = await _begin(session)
        statement = queries.by_store(campaign_id, districts).order_by(Store.store_no)
        rows = await session.execute(statement)
        return [queries.store_figures(row) for row in rows]


async def _begin(session: AsyncSession) -> UUID:
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return (await current_campaign(session)).id
