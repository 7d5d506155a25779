"""What a notice may have filled in: values of a few types, and how each reads in two languages."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from app.models.states import District
from app.platform.clock import SHANGHAI
from app.platform.errors import Words
from app.platform.money import yuan
from app.shared.identity.districts import DISTRICT_WORDS

# An area is a district, or None, which is the whole city.
Value: TypeAlias = str | int | date | datetime | District | None

LONGEST_TEXT = 200
LARGEST_NUMBER = 10**12
YEARS = range(2000, 2200)
WHOLE_CITY = Words("全市", "the whole city")


class VariableType(StrEnum):
    """`money`: whole fen. `day`: a Shanghai day. `time`: an instant, shown in Shanghai time."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    DAY = "day"
    TIME = "time"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that the words of a kind may use. `needed`: they must, in both languages."""

    name: str
    type: VariableType
    example: Value
    about: Words
    needed: bool = True


def spell(variable: Variable, value: Value) -> Words:
    """The value as a reader of each language expects it.

    Raises `ValueError`, naming the variable and never the value, where it is of another type.
    """
    match variable.type, value:
        case VariableType.TEXT, str() if len(value) <= LONGEST_TEXT:
            return Words(value, value)
        case VariableType.COUNT, int() if _is_number(value):
            return Words(str(value), str(value))
        case VariableType.MONEY, int() if _is_number(value):
            return _money(value)
        case VariableType.DAY, date() if not isinstance(value, datetime):
            return _day(value)
        case VariableType.TIME, datetime() if value.tzinfo and value.year in YEARS:
            return _time(value.astimezone(SHANGHAI))
        case VariableType.AREA, District() | None:
            return WHOLE_CITY if value is None else DISTRICT_WORDS[value]
    raise ValueError(f"{variable.name} takes a {variable.type}")


def read(variable: Variable, given: object) -> Value:
    """The value that JSON stands for: days and times as ISO 8601, districts by their name.

    Raises `ValueError` as `spell` does.
    """
    try:
        value = _read(variable.type, given)
    except ValueError as error:
        raise ValueError(f"{variable.name} takes a {variable.type}") from error
    spell(variable, value)
    return value


def _read(kind: VariableType, given: object) -> Value:
    match kind, given:
        case VariableType.DAY, str():
            return date.fromisoformat(given)
        case VariableType.TIME, str():
            return datetime.fromisoformat(given)
        case VariableType.AREA, str():
            return District(given)
        case _, str() | int() | None:
            return given
    raise ValueError()


def _is_number(value: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER


def _money(fen: int) -> Words:
    amount = yuan(fen) if fen % 100 else str(fen // 100)
    return Words(f"{amount} 元", f"{amount} yuan")


def _day(day: date) -> Words:
    return Words(f"{day.month}月{day.day}日", f"{day.day} {day:%B}")


def _time(at: datetime) -> Words:
    day = _day(at.date())
    return Words(f"{day.zh} {at:%H:%M}", f"{day.en}, {at:%H:%M}")
