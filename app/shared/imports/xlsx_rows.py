"""XLSX workbooks as rows of texts: the first sheet, read as a stream."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from openpyxl import load_workbook

from app.platform.errors import Refusal
from app.shared.imports.csv_rows import Row
from app.shared.imports.refusals import FileUnreadable, WorkbookTooLarge

SIGNATURE = b"PK\x03\x04"
# The sheet is streamed; every other part (above all the shared strings) is held in memory.
MOST_HELD_BYTES = 64 << 20
MOST_SHEET_BYTES = 512 << 20
# Excel's own. Rows that are left out are counted up to, so a file must not say how far.
MOST_ROWS = 1_048_576
# Excel keeps 15 significant digits of a number; what is longer has lost its end.
EXACT_BELOW = 10**15
# A time of day beyond 24:00 comes as a date in Excel's first days.
EXCEL_DAY_ZERO = datetime(1899, 12, 31)  # noqa: DTZ001 - a spreadsheet has no zones


def xlsx_rows(file: BinaryIO) -> Iterator[Row]:
    """The first sheet's rows with their numbers. Empty rows are left out.

    Raises `FileUnreadable`, also in the middle of a damaged workbook, and
    `WorkbookTooLarge`.
    """
    try:
        yield from _rows(file)
    except Refusal:
        raise
    except Exception as error:
        raise FileUnreadable() from error


def _rows(file: BinaryIO) -> Iterator[Row]:
    _check_size(file)
    with warnings.catch_warnings():
        # Styles and extensions that it does not know are of no interest here.
        warnings.simplefilter("ignore")
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        # Some programs write a wrong extent, and rows beyond it would be dropped.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=MOST_ROWS + 1, values_only=True)
        for number, values in enumerate(rows, start=1):
            if number > MOST_ROWS:
                raise FileUnreadable()
            if any(value is not None for value in values):
                yield number, [cell_text(value) for value in values]
    finally:
        book.close()


def _check_size(file: BinaryIO) -> None:
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    sheets = [part.file_size for part in parts if part.filename.startswith("xl/worksheets/")]
    held = sum(part.file_size for part in parts) - sum(sheets)
    if held > MOST_HELD_BYTES or max(sheets, default=0) > MOST_SHEET_BYTES:
        raise WorkbookTooLarge()
    file.seek(0)


def cell_text(value: Any) -> str:
    """A cell as a CSV file would hold it; a number too long for Excel as Excel shows it."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number_text(value)
    if isinstance(value, date | time | timedelta):
        return _time_text(value)
    return str(value)


def _time_text(value: date | time | timedelta) -> str:
    """A `datetime` is a `date` to Python; its time of day matters in Excel's first days only."""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, datetime):
        if value.year >= 1901:
            return value.date().isoformat()
        value = value - EXCEL_DAY_ZERO
    if isinstance(value, timedelta):
        return _hours_text(value)
    return value.isoformat()


def _number_text(value: int | float) -> str:
    if abs(value) >= EXACT_BELOW:
        return f"{value:.15G}"
    return str(int(value)) if value == int(value) else repr(value)


def _hours_text(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
