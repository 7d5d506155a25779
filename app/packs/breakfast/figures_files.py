"""Breakfast's figures as files: short tables, read as the figures' pages are."""

from datetime import date
from typing import Any

from app.models.states import ExportFormat
from app.packs.breakfast import figures
from app.packs.breakfast.figures_queries import DayFigures, DistrictFigures, StoreFigures
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.shared.exports import Column, Kind, file_of_rows
from app.shared.identity.callers import Districts


def _count(zh: str, en: str, name: str) -> Column[Any]:
    return Column(zh, en, lambda row: getattr(row, name), Kind.COUNT)


_ISSUED = _count("发放", "Issued", "issued")
_VOID = _count("作废", "Void", "void")
_REDEEMED = _count("核销", "Redeemed", "redeemed")
_REVERSED = _count("冲正", "Reversed", "reversed")
_EXPIRED = _count("过期", "Expired", "expired")
_PARTICIPANTS = _count("参与人数", "Participants", "participants")
_VIEWS = _count("浏览次数", "Page views", "page_views")
_VALUE: Column[Any] = Column(
    "核销金额（元）", "Redeemed (yuan)", lambda row: row.redeemed_fen, Kind.YUAN
)

TOTALS: tuple[Column[Any], ...] = (
    _count("总量", "Budget", "budget"),
    _ISSUED,
    _VOID,
    _REDEEMED,
    _REVERSED,
    _EXPIRED,
    _count("尚可使用", "Open", "open"),
    _PARTICIPANTS,
    _VIEWS,
    _VALUE,
)
DAYS: tuple[Column[DayFigures], ...] = (
    Column("日期", "Day", lambda row: row.day, Kind.DAY),
    *(_ISSUED, _VOID, _REDEEMED, _REVERSED, _EXPIRED, _PARTICIPANTS, _VIEWS, _VALUE),
)
DISTRICTS: tuple[Column[DistrictFigures], ...] = (
    Column("区", "District", lambda row: row.district),
    *(_ISSUED, _VOID, _REDEEMED, _REVERSED, _EXPIRED, _PARTICIPANTS, _VALUE),
)
STORES: tuple[Column[StoreFigures], ...] = (
    Column("门店编号", "Store no.", lambda row: row.store_no),
    Column("门店", "Store", lambda row: row.name),
    Column("区", "District", lambda row: row.district),
    *(_REDEEMED, _REVERSED, _VALUE),
)
_TITLE = Words("早餐券数据", "Breakfast figures")


async def totals_file(sessions: Sessions, clock: Clock, form: ExportFormat) -> bytes:
    """One row. Raises `NotFound`, as all below."""
    found = await figures.breakfast_totals(sessions, clock)
    return await file_of_rows([found.totals], form=form, title=_TITLE, columns=TOTALS)


async def days_file(
    sessions: Sessions,
    clock: Clock,
    form: ExportFormat,
    *,
    districts: Districts = None,
    since: date | None = None,
    until: date | None = None,
) -> bytes:
    _, days = await figures.figures_by_day(
        sessions, clock, districts=districts, since=since, until=until
    )
    return await file_of_rows(days, form=form, title=_TITLE, columns=DAYS)


async def districts_file(
    sessions: Sessions, clock: Clock, form: ExportFormat, *, districts: Districts = None
) -> bytes:
    _, found = await figures.figures_by_district(sessions, clock, districts=districts)
    return await file_of_rows(found, form=form, title=_TITLE, columns=DISTRICTS)


async def stores_file(
    sessions: Sessions, form: ExportFormat, *, districts: Districts = None
) -> bytes:
    """Every store by number; there are a thousand."""
    stores = await figures.figures_of_all_stores(sessions, districts=districts)
    return await file_of_rows(stores, form=form, title=_TITLE, columns=STORES)
