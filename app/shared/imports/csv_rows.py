"""CSV files as rows of texts: UTF-8 with or without BOM, or GB18030.

Memory holds a few lines at a time. A line with broken bytes or quotes is a
fault of that line; the next one is read as if nothing had been.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from app.shared.imports.faults import ROW_MALFORMED, TEXT_UNREADABLE, RowFault
from app.shared.imports.refusals import EncodingUnknown

Row = tuple[int, list[str] | RowFault]

LONGEST_LINE = 10_000
# A cell may hold line breaks. A quote that nobody closes must not swallow the rest of the file.
MOST_LINES_OF_A_ROW = 10
PIECE_BYTES = 1 << 20


def csv_rows(file: BinaryIO) -> Iterator[Row]:
    """The file's rows from its beginning, with the line each begins in. Empty lines are left out.

    Raises `EncodingUnknown`. `file` must be seekable and stays open.
    """
    encoding = encoding_of(file)
    file.seek(0)
    # Broken bytes arrive as lone surrogates, so that they spoil their own row only.
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    try:
        yield from _rows(_Lines(text))
    finally:
        # The wrapper would close the file. A caller who gave up may have done so already.
        with suppress(ValueError):
            text.detach()


def encoding_of(file: BinaryIO) -> str:
    """Which encoding the whole file is in.

    Some GB18030 texts are also valid UTF-8 for a while and the reverse, so the
    whole file is looked at. A file that is UTF-8 but for a few broken bytes is
    UTF-8: read as GB18030 it would turn every name into another.
    """
    file.seek(0)
    head = file.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if b"\0" in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise EncodingUnknown()
    for encoding in ("utf-8", "gb18030"):
        intact, broken = _count(file, encoding)
        if broken == 0 or broken * 2 < intact:
            return encoding
    raise EncodingUnknown()


def _count(file: BinaryIO, encoding: str) -> tuple[int, int]:
    """How many characters beyond ASCII are intact, how many are broken."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    intact = broken = 0
    final = False
    while not final:
        piece = file.read(PIECE_BYTES)
        final = not piece
        text = decoder.decode(piece, final)
        if not text.isascii():
            bad = text.count("\ufffd")
            broken += bad
            intact += len(text) - len(text.encode("ascii", "ignore")) - bad
    return intact, broken


class _Lines:
    """Numbered lines, of which some may be given back. An overlong one comes as None."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._number = 0
        self._returned: deque[tuple[int, str | None]] = deque()

    def next(self) -> tuple[int, str | None] | None:
        if self._returned:
            return self._returned.popleft()
        line = self._text.readline(LONGEST_LINE)
        if not line:
            return None
        self._number += 1
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return self._number, line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(LONGEST_LINE)
        return self._number, None

    def give_back(self, lines: list[tuple[int, str | None]]) -> None:
        self._returned.extendleft(reversed(lines))


def _rows(lines: _Lines) -> Iterator[Row]:
    width: int | None = None
    while (numbered := lines.next()) is not None:
        number, line = numbered
        if line is None:
            yield number, ROW_MALFORMED
            continue
        cells = _quoted_cells(line, lines, width) if '"' in line else line.rstrip("\r\n").split(",")
        if cells is None:
            yield number, ROW_MALFORMED
        elif any(cell and not cell.isspace() for cell in cells):
            yield number, cells if _is_readable(cells) else TEXT_UNREADABLE
            width = width or len(cells)


def _quoted_cells(line: str, lines: _Lines, width: int | None) -> list[str] | None:
    """The cells of a row with quotes; further lines are taken as long as a quote is open.

    None: the quotes do not close, or they close only by eating other rows. Then
    the further lines are given back and are rows of their own.
    """
    taken: list[tuple[int, str | None]] = []
    text = line
    while text.count('"') % 2 and len(taken) < MOST_LINES_OF_A_ROW:
        following = lines.next()
        if following is None:
            break
        taken.append(following)
        if following[1] is None:
            break
        text += following[1]
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        cells = None
    if taken and (cells is None or len(cells) != width):
        lines.give_back(taken)
        return None
    return cells


def _is_readable(cells: list[str]) -> bool:
    return all(
        cell.isascii() or not any("\ud800" <= character <= "\udfff" for character in cell)
        for cell in cells
    )
