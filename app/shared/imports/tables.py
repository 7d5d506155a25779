"""A file as a table of known columns, whatever its format."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from app.platform.errors import FieldError
from app.shared.imports.csv_rows import Row, csv_rows
from app.shared.imports.faults import ROW_MALFORMED, RowFault
from app.shared.imports.refusals import (
    COLUMN_MISSING,
    COLUMN_REPEATED,
    COLUMN_UNKNOWN,
    FileEmpty,
    FileUnreadable,
    HeaderWrong,
)
from app.shared.imports.xlsx_rows import SIGNATURE, xlsx_rows

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
MOST_UNKNOWN_SHOWN = 20
LONGEST_SHOWN = 40
_LOOKS_PERSONAL = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Columns:
    """What a kind of file may hold. A column that is left out reads as empty."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.required + self.optional


def table_rows(file: BinaryIO, columns: Columns) -> Iterator[Row]:
    """The rows below the header, cells in the order of `columns.all`, stripped.

    The header may name the columns in any order and case. Raises the refusals
    of this room. `file` must be seekable.
    """
    is_workbook = _begins_with(file, SIGNATURE)
    if _begins_with(file, OLD_WORKBOOK):
        raise FileUnreadable()
    rows = xlsx_rows(file) if is_workbook else csv_rows(file)
    first = next(rows, None)
    if first is None:
        raise FileEmpty()
    header = first[1]
    if isinstance(header, RowFault):
        raise HeaderWrong(expected=", ".join(columns.all))
    names = [name.strip().lower() for name in header]
    while names and not names[-1]:
        names.pop()
    if errors := _wrong_columns(names, columns):
        raise HeaderWrong(errors=errors, expected=", ".join(columns.all))
    places = [names.index(name) if name in names else None for name in columns.all]
    for line, cells in rows:
        # A workbook leaves out the empty cells at a row's end; in a CSV file that is a mistake.
        yield line, _placed(cells, places, width=len(names), pad=is_workbook)


def _begins_with(file: BinaryIO, signature: bytes) -> bool:
    file.seek(0)
    return file.read(len(signature)) == signature


def _wrong_columns(names: list[str], columns: Columns) -> tuple[FieldError, ...]:
    """A misspelt optional column would be lost in silence, so unknown ones are wrong too."""
    missing = [name for name in columns.required if name not in names]
    unknown = _shown(
        {place: name for place, name in enumerate(names, start=1) if name not in columns.all}
    )
    repeated = [name for name in columns.all if names.count(name) > 1]
    return (
        *(FieldError(f"#/header/{name}", COLUMN_MISSING, "column_missing") for name in missing),
        *(
            FieldError(f"#/header/{name}", COLUMN_UNKNOWN, "column_unknown")
            for name in unknown[:MOST_UNKNOWN_SHOWN]
        ),
        *(FieldError(f"#/header/{name}", COLUMN_REPEATED, "column_repeated") for name in repeated),
    )


def _shown(unknown: dict[int, str]) -> list[str]:
    """Names by their place. A file without a header has a person in its first line, who
    must not be repeated: then the places alone."""
    if any(_LOOKS_PERSONAL.search(name) for name in unknown.values()):
        return [str(place) for place in unknown]
    return [name[:LONGEST_SHOWN] for name in unknown.values()]


def _placed(
    cells: list[str] | RowFault, places: Sequence[int | None], *, width: int, pad: bool
) -> list[str] | RowFault:
    if isinstance(cells, RowFault):
        return cells
    if len(cells) < width and pad:
        cells = cells + [""] * (width - len(cells))
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return ROW_MALFORMED
    return [cells[place].strip() if place is not None else "" for place in places]
