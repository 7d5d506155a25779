"""One description of a table, from which every format is written."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


class Kind(Enum):
    """What stands in a column, and so how it is shown and whether one can count with it."""

    TEXT = auto()  # names, numbers of things, codes, ids: never a number to a spreadsheet
    COUNT = auto()
    YUAN = auto()  # from integer fen, with two decimals
    TIME = auto()  # an instant, shown in Shanghai
    DAY = auto()
    FLAG = auto()  # 是 or 否


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column's name in both languages, and how its value is had from a row. None is empty."""

    zh: str
    en: str
    value: Callable[[Row], Any]
    kind: Kind = Kind.TEXT
