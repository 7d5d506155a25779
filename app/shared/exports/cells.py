"""How values look in a file. Pure.

A CSV file has no types: whoever opens it guesses. So text that would be guessed to be
something else carries a mark (docs/adr/0020-exports.md): `'` in front of what would run as
a formula, a tab behind what would lose digits or turn into a date.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from app.platform.clock import SHANGHAI
from app.platform.money import yuan
from app.shared.exports.columns import Kind

FORMULA_MARK, TEXT_MARK = "'", "\t"
# What a formula begins with, for spreadsheets of some country or other (OWASP, "CSV Injection").
_BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Passed over by those who look for a beginning, together with blanks of all kinds.
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_LOSES_SOMETHING = re.compile(
    r"0\d+"  # the zeros in front
    r"|\d{12,}"  # shown as 3.7E+17, and the sixteenth digit on is gone
    r"|\d+(\.\d+)?[eE][+]?\d+"  # a number in scientific notation
    r"|\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?"  # a date
)


def runs_as_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for something to be worked out."""
    seen = text.lstrip(_INVISIBLE + " \u00a0\u3000")
    return seen.startswith(_BEGINS_FORMULA)


def csv_text(text: str) -> str:
    """Text that stays text when a spreadsheet opens the file."""
    if runs_as_formula(text):
        return FORMULA_MARK + text
    return text + TEXT_MARK if _LOSES_SOMETHING.fullmatch(text) else text


def shanghai(at: datetime) -> datetime:
    """What a clock on the wall in Shanghai shows, to the second and without an offset."""
    return at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)


def flag(value: bool) -> str:
    return "是" if value else "否"


_SHOWN: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: lambda value: csv_text(str(value)),
    Kind.COUNT: str,
    Kind.YUAN: yuan,
    Kind.TIME: lambda at: shanghai(at).isoformat(" "),
    Kind.DAY: date.isoformat,
    Kind.FLAG: flag,
}


def csv_cell(kind: Kind, value: Any) -> str:
    """The text between the quotes. None is an empty cell."""
    return "" if value is None else _SHOWN[kind](value)
