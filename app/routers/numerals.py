"""Numbers in a query: as they are written, and no more.

Pydantic alone would also take blanks of any script around a number, and underscores within.
"""

import re
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def _integer(value: Any) -> Any:
    if isinstance(value, str) and not _INTEGER.fullmatch(value):
        raise PydanticKnownError("int_parsing")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise PydanticKnownError("float_parsing")
    return value


INTEGER = BeforeValidator(_integer)
NUMBER = BeforeValidator(_number)
