"""The report as a workbook: figures with their definitions, then days, hours, districts and
parts, each on a sheet of its own. Money stands in yuan, in columns of its own."""

import asyncio
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.platform.errors import Words
from app.shared.exports import Column, Kind
from app.shared.exports.xlsx_file import XlsxFile
from app.shared.identity.districts import DISTRICT_WORDS
from app.shared.report.declared import Unit
from app.shared.report.reported import PackFigures, Report, Reported

_Values: TypeAlias = Callable[[Reported], Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """A figure, or a line of one of its parts."""

    pack: PackFigures
    figure: Reported
    value: int | None
    by: Words | None = None
    key: str = ""
    name: str = ""

    def in_kind(self, money: bool) -> int | None:
        """The value where it belongs into this column."""
        return self.value if (self.figure.figure.unit is Unit.FEN) is money else None


_WHICH: tuple[Column[_Row], ...] = (
    Column("礼包", "Pack", lambda row: row.pack.title.zh),
    Column("数据", "Figure", lambda row: row.figure.figure.words.zh),
    Column("英文", "In English", lambda row: row.figure.figure.words.en),
)
_VALUE: tuple[Column[_Row], ...] = (
    Column("数值", "Value", lambda row: row.in_kind(money=False), Kind.COUNT),
    Column("金额（元）", "Amount (yuan)", lambda row: row.in_kind(money=True), Kind.YUAN),
)
_PARTS: tuple[Column[_Row], ...] = (
    *_WHICH,
    Column("分项", "By", lambda row: row.by and f"{row.by.zh} {row.by.en}"),
    Column("代码", "Key", lambda row: row.key),
    Column("名称", "Name", lambda row: row.name),
    *_VALUE,
)


async def workbook(report: Report) -> bytes:
    """An XLSX file; made in a thread, as it takes the processor's time."""
    return await asyncio.to_thread(_write, report)


def _write(report: Report) -> bytes:
    file = io.BytesIO()
    title = f"{report.campaign.name.zh} 数据 {report.campaign.name.en} report"
    book = XlsxFile(file, title, _figure_columns(report), "数据 Figures")
    book.add(_Row(pack, each, each.value) for pack, each in report.figures())
    days = sorted({day for _, each in report.figures() for day in each.days})
    _add_wide(book, report, "按日 Days", Column("日期", "Day", lambda key: key, Kind.DAY), days)
    hour: Column[Any] = Column("时（0–23）", "Hour", lambda key: key, Kind.COUNT)
    _add_wide(book, report, "按时 Hours", hour, range(24))
    district: Column[Any] = Column("区市", "District", lambda key: DISTRICT_WORDS[key].zh)
    _add_wide(book, report, "区市 Districts", district, report.shown_districts())
    book.begin(_PARTS, "分项 Parts")
    book.add(_part_rows(report))
    book.close()
    return file.getvalue()


def _figure_columns(report: Report) -> tuple[Column[_Row], ...]:
    return (
        *_WHICH,
        *_VALUE,
        Column("单位", "Unit", lambda row: _unit(row.figure)),
        Column("截至", "As of", lambda _: report.as_of, Kind.TIME),
        Column("当日", "Of the day", lambda _: report.day, Kind.DAY),
        Column("定义", "Definition", lambda row: row.figure.figure.definition.zh),
        Column("英文定义", "Definition in English", lambda row: row.figure.figure.definition.en),
    )


def _unit(reported: Reported) -> str:
    unit = reported.figure.unit
    return "元" if unit is Unit.FEN else unit.value.zh


# Which of a figure's mappings a sheet is of.
_OF: dict[str, _Values] = {
    "按日 Days": lambda each: each.days,
    "按时 Hours": lambda each: each.hours,
    "区市 Districts": lambda each: each.districts,
}


def _add_wide(
    book: XlsxFile, report: Report, sheet: str, first: Column[Any], keys: Iterable[Any]
) -> None:
    """A row a key, a column a figure; empty where nothing was counted."""
    found = [(pack, each) for pack, each in report.figures() if _OF[sheet](each)]
    book.begin([first, *(_wide(pack, each, _OF[sheet](each)) for pack, each in found)], sheet)
    book.add(keys)


def _wide(pack: PackFigures, reported: Reported, values: Any) -> Column[Any]:
    figure = reported.figure
    money = figure.unit is Unit.FEN
    return Column(
        f"{pack.title.zh[:5]} {figure.words.zh}{'（元）' if money else ''}",
        figure.words.en,
        values.get,
        Kind.YUAN if money else Kind.COUNT,
    )


def _part_rows(report: Report) -> Sequence[_Row]:
    return [
        _Row(pack, each, line.value, part.words, line.key, line.words.zh)
        for pack, each in report.figures()
        for part in each.figure.facts.parts
        for line in each.parts.get(part.column, ())
    ]
