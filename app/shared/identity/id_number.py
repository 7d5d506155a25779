"""Chinese identity numbers (GB 11643): form, date of birth, check digit. Pure.

Not the region: the list of region codes changes, and a person keeps the number.
"""

from datetime import date
from enum import StrEnum

LENGTH = 18
EARLIEST_YEAR = 1900
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_DIGITS = frozenset("0123456789")


class IdNumberFault(StrEnum):
    """Why a text is not an identity number; the first that applies, in this order."""

    FORM = "id_number_malformed"
    DATE = "id_number_date_invalid"
    CHECK_DIGIT = "id_number_check_digit_wrong"


def id_number_fault(text: str, *, today: date) -> IdNumberFault | None:
    """What is wrong with the number, or None when it is right.

    Seventeen ASCII digits and a digit, `X` or `x`; a real date from 1900 to
    `today`; the mod 11-2 check digit. The answer never holds the number itself.
    """
    number = text.upper()
    if len(number) != LENGTH or not _DIGITS.issuperset(number[:-1]):
        return IdNumberFault.FORM
    if number[-1] not in _CHECK_DIGITS:
        return IdNumberFault.FORM
    if not _is_birthday(number[6:14], today):
        return IdNumberFault.DATE
    if check_digit(number[:-1]) != number[-1]:
        return IdNumberFault.CHECK_DIGIT
    return None


def check_digit(digits: str) -> str:
    """The eighteenth character of a number whose first seventeen are given."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return _CHECK_DIGITS[total % 11]


def _is_birthday(text: str, today: date) -> bool:
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if year < EARLIEST_YEAR:
        return False
    try:
        return date(year, month, day) <= today
    except ValueError:
        return False
