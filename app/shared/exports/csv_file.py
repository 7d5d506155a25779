"""CSV as RFC 4180 has it, in UTF-8 with the mark that spreadsheets need to see that it is."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from app.shared.exports.cells import csv_cell, csv_text
from app.shared.exports.columns import Column


class CsvFile:
    """Writes into `file`, which stays open. Every cell is quoted, so that none can end another."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column[Any]]) -> None:
        self._columns = columns
        # The mark of UTF-8 is written once, in front.
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        self._writer.writerow([csv_text(f"{each.zh} {each.en}") for each in columns])

    def add(self, rows: Iterable[Any]) -> None:
        self._writer.writerows(
            [csv_cell(each.kind, each.value(row)) for each in self._columns] for row in rows
        )

    def close(self) -> None:
        self._text.flush()
        self._text.detach()
