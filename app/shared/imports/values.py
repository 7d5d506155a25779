"""Cells as values: what both kinds of file have in common. Pure."""

import re
import unicodedata
from datetime import date

from app.models.states import District
from app.shared.imports.faults import (
    DATE_MALFORMED,
    DISTRICT_UNKNOWN,
    NUMBER_MALFORMED,
    SPOILT_BY_EXCEL,
    TEXT_UNREADABLE,
    VALUE_MISSING,
    VALUE_TOO_LONG,
    RowRefused,
)

_SPOILT = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")
_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DATE = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_DISTRICTS = {district.value: district for district in District}


def text_of(cell: str, column: str, *, most: int) -> str:
    """A text as people write it: NFC, runs of blanks and line breaks as one blank."""
    text = unicodedata.normalize("NFC", " ".join(cell.split()))
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise RowRefused(TEXT_UNREADABLE, column)
    if not text:
        raise RowRefused(VALUE_MISSING, column)
    if len(text) > most:
        raise RowRefused(VALUE_TOO_LONG, column)
    return text


def digits_of(cell: str, column: str) -> str:
    """A number that is a name (identity, phone, member, store), free of what typing adds.

    Full-width digits become plain ones; the apostrophe by which a spreadsheet is
    told to keep a text goes. Refused when empty or spoilt by Excel.
    """
    text = cell if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()
    text = text.removeprefix("'")
    if not text:
        raise RowRefused(VALUE_MISSING, column)
    if _SPOILT.fullmatch(text):
        raise RowRefused(SPOILT_BY_EXCEL, column)
    return text


def number_of(cell: str, column: str) -> str:
    """A member's or store's number."""
    text = digits_of(cell, column)
    if not _NUMBER.fullmatch(text):
        raise RowRefused(NUMBER_MALFORMED, column)
    return text


def district_of(cell: str) -> District:
    district = _DISTRICTS.get(cell.lower())
    if district is None:
        raise RowRefused(DISTRICT_UNKNOWN if cell else VALUE_MISSING, "district")
    return district


def date_of(cell: str, column: str) -> date | None:
    """`2026-12-31`, or `2026/12/31` as Excel saves it; empty is None."""
    if not cell:
        return None
    match = _DATE.fullmatch(cell)
    if match is None:
        raise RowRefused(DATE_MALFORMED, column)
    year, month, day = map(int, match.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise RowRefused(DATE_MALFORMED, column) from error
