"""A file of either format, behind one face."""

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Protocol

from app.models.states import ExportFormat
from app.platform.errors import Words
from app.shared.exports.columns import Column
from app.shared.exports.csv_file import CsvFile
from app.shared.exports.xlsx_file import XlsxFile

MEDIA_TYPES: dict[ExportFormat, str] = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Sheet(Protocol):
    """Rows may be added in parts. The file is whole once it is closed."""

    def add(self, rows: Iterable[Any]) -> None: ...

    def close(self) -> None: ...


def open_sheet(
    form: ExportFormat, file: BinaryIO, *, title: Words, columns: Sequence[Column[Any]]
) -> Sheet:
    """Begin a file with its header. It writes in the thread that calls it."""
    if form is ExportFormat.CSV:
        return CsvFile(file, columns)
    return XlsxFile(file, f"{title.zh} {title.en}", columns)
