"""What counters upload that was done without a network, in JSON: each item stands alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

MOST_ITEMS = 500
LONGEST_ECHO = 64


class UploadOutcome(StrEnum):
    ACCEPTED = "accepted"
    REPEATED = "repeated"
    DISPUTED = "disputed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that cannot be read. It is answered as refused; its neighbours are judged."""

    number: str | None
    errors: tuple[Mapping[str, Any], ...]


def read_alone(model: type[BaseModel], number: str) -> WrapValidator:
    """Reads an item of a list for itself. `number` is the field by which it is known again."""

    def read(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            said = value.get(number) if isinstance(value, dict) else None
            is_short = isinstance(said, str) and len(said) <= LONGEST_ECHO
            faults = error.errors(include_url=False, include_input=False)
            return BadItem(said if is_short else None, tuple(map(dict, faults)))

    return WrapValidator(read)
