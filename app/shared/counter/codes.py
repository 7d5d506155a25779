"""A code: 80 random bits that a tired clerk can read out and type.

Crockford's base 32 (no I, L, O, U) with his check symbol (mod 37). One form
everywhere, `7K3M-9QXT-2BDF-H0VN-*`: it is shown, sealed and digested like this,
and whatever is typed is brought to it first.
"""

import re
import secrets
import unicodedata
from base64 import b32encode

from app.shared.counter.refusals import CodeMalformed

BITS, SYMBOLS, GROUP = 80, 16, 4
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_ALPHABET = ALPHABET + "*~$=U"

# Letters that read like digits, and what a Chinese keyboard makes of ~ and $.
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "〜": "~", "¥": "$"})
# Python's digits of base 32 are the first letters, none left out.
_AS_PYTHON_COUNTS = str.maketrans(ALPHABET, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
# The same five bits a symbol, in other letters.
_FROM_RFC_4648 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET)
_ONE_FORM = re.compile(f"(?:[{ALPHABET}]{{{GROUP}}}-){{{SYMBOLS // GROUP}}}[{CHECK_ALPHABET}]")
_MINUS, _UNDERSCORE = "\N{MINUS SIGN}", "_"


def new_code() -> str:
    """A fresh code from the system's randomness, in its one form."""
    [code] = new_codes(1)
    return code


def new_codes(count: int) -> list[str]:
    """So many; the system is asked once."""
    size = BITS // 8
    drawn = secrets.token_bytes(size * count)
    return [_code(drawn[start : start + size]) for start in range(0, len(drawn), size)]


def _code(drawn: bytes) -> str:
    symbols = b32encode(drawn).decode().translate(_FROM_RFC_4648)
    return _grouped(symbols + CHECK_ALPHABET[int.from_bytes(drawn, "big") % 37])


def mistyped(code: str) -> str:
    """The code with another check symbol, as if one symbol had been typed wrong."""
    return code[:-1] + next(symbol for symbol in CHECK_ALPHABET if symbol != code[-1])


def normalise(text: str) -> str:
    """The one form of a typed code; case, spaces, dashes, O, I, L and full width forgiven.

    Raises `CodeMalformed` for a wrong length, a foreign symbol or a wrong check symbol.
    """
    # What a scanner reads has that form already.
    return _checked(text if _ONE_FORM.fullmatch(text) else _in_one_form(text))


def _in_one_form(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper().translate(_READ_AS)
    symbols = "".join(char for char in folded if not _is_filler(char))
    data, check = symbols[:-1], symbols[-1:]
    if len(data) != SYMBOLS or not set(data) <= set(ALPHABET):
        raise CodeMalformed()
    return _grouped(data + check)


def _checked(code: str) -> str:
    data, _, check = code.rpartition("-")
    if check != CHECK_ALPHABET[_number(data.replace("-", "")) % 37]:
        raise CodeMalformed()
    return code


def _is_filler(char: str) -> bool:
    # Dashes, spaces, and the invisible marks that come along when a code is pasted.
    return (
        char.isspace()
        or char in (_MINUS, _UNDERSCORE)
        or unicodedata.category(char) in {"Pd", "Cf"}
    )


def _number(symbols: str) -> int:
    return int(symbols.translate(_AS_PYTHON_COUNTS), 32)


def _grouped(symbols: str) -> str:
    return "-".join(symbols[start : start + GROUP] for start in range(0, len(symbols), GROUP))
