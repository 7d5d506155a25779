"""XLSX, written row by row: memory does not grow with the rows.

Text is written as text, so nothing in it runs and no number loses a digit. Only what a column
declares to be a number, an amount or a time is one.
"""

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import xlsxwriter

from app.shared.exports.cells import flag, shanghai
from app.shared.exports.columns import Column, Kind

# What one sheet of a workbook holds, the header with it. The next rows go to another sheet.
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
NARROWEST, WIDEST = 10, 40
HEADER_HEIGHT = 32

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "use_zip64": True,
}
_FORMATS: dict[Kind, str] = {
    Kind.TEXT: "@",
    Kind.FLAG: "@",
    Kind.COUNT: "0",
    Kind.YUAN: "0.00",
    Kind.TIME: "yyyy-mm-dd hh:mm:ss",
    Kind.DAY: "yyyy-mm-dd",
}
_WIDTHS: dict[Kind, int] = {Kind.TEXT: 18, Kind.TIME: 20, Kind.DAY: 12}


class XlsxFile:
    """Writes a workbook into `file` when it is closed; the file stays open.

    It begins with a table of those columns, on a sheet of that name.
    """

    def __init__(
        self,
        file: BinaryIO,
        title: str,
        columns: Sequence[Column[Any]],
        sheet: str | None = None,
    ) -> None:
        self._book = xlsxwriter.Workbook(file, _OPTIONS)
        self._book.set_properties({"title": title})
        self._header = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._formats = {
            kind: self._book.add_format({"num_format": form}) for kind, form in _FORMATS.items()
        }
        self.begin(columns, sheet)

    def begin(self, columns: Sequence[Column[Any]], sheet: str | None = None) -> None:
        """Another table, on a sheet of its own; what is added is added to it."""
        self._columns = columns
        self._begin_sheet(sheet)

    def add(self, rows: Iterable[Any]) -> None:
        for row in rows:
            if self._next_row == SHEET_ROWS:
                self._begin_sheet()
            for place, column in enumerate(self._columns):
                self._write(place, column.kind, column.value(row))
            self._next_row += 1

    def close(self) -> None:
        self._book.close()

    def _begin_sheet(self, name: str | None = None) -> None:
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_row(0, HEADER_HEIGHT)
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, _width(column))
            self._sheet.write_string(0, place, f"{column.zh}\n{column.en}", self._header)
        self._next_row = 1

    def _write(self, place: int, kind: Kind, value: Any) -> None:
        sheet, row, form = self._sheet, self._next_row, self._formats[kind]
        if value is None:
            return
        match kind:
            case Kind.TEXT:
                sheet.write_string(row, place, str(value)[:CELL_CHARACTERS], form)
            case Kind.FLAG:
                sheet.write_string(row, place, flag(value), form)
            case Kind.COUNT:
                sheet.write_number(row, place, value, form)
            case Kind.YUAN:
                # Fen fit a spreadsheet's number exactly up to some ninety thousand billion yuan.
                sheet.write_number(row, place, value / 100, form)
            case Kind.TIME:
                sheet.write_datetime(row, place, shanghai(value), form)
            case Kind.DAY:
                sheet.write_datetime(row, place, value, form)


def _width(column: Column[Any]) -> int:
    # A Chinese character is as wide as two others.
    widest = max(2 * len(column.zh), len(column.en), _WIDTHS.get(column.kind, NARROWEST))
    return min(widest + 2, WIDEST)
