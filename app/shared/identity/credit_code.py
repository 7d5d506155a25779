"""Unified social credit codes of companies (GB 32100-2015): form and check character. Pure.

Not the register that issued them, nor the region: both lists change, and a company keeps
its code.
"""

import unicodedata
from enum import StrEnum

LENGTH = 18
# Without I, O, S, V, Z, which are taken for digits and for one another.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(3**place % 31 for place in range(LENGTH - 1))


class CreditCodeFault(StrEnum):
    """Why a text is not a credit code; the first that applies, in this order."""

    FORM = "credit_code_malformed"
    CHECK_CHARACTER = "credit_code_check_character_wrong"


def canonical_credit_code(text: str) -> str:
    """As it is kept: capitals, ASCII, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def credit_code_fault(code: str) -> CreditCodeFault | None:
    """What is wrong with a canonical code, or None when it is right."""
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return CreditCodeFault.FORM
    if check_character(code[:-1]) != code[-1]:
        return CreditCodeFault.CHECK_CHARACTER
    return None


def check_character(characters: str) -> str:
    """The eighteenth character of a code whose first seventeen are given: mod 31, weights 3^i."""
    values = (ALPHABET.index(character) for character in characters)
    total = sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True))
    return ALPHABET[-total % 31]
