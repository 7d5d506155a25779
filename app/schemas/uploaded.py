"""What counters upload that was done without a network, in JSON: each item stands alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from app.platform.errors import Refusal

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


class Done(Protocol):
    """What a pack answers for an item that was taken on, now or before."""

    @property
    def repeated(self) -> bool: ...


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


def verdict_of(
    outcome: object, done: type[Done], disputed_code: str
) -> tuple[UploadOutcome, str | None]:
    """What became of an item that was judged, with the code if it was not taken on."""
    if isinstance(outcome, done):
        return UploadOutcome.REPEATED if outcome.repeated else UploadOutcome.ACCEPTED, None
    if isinstance(outcome, Refusal):
        return UploadOutcome.REFUSED, outcome.code
    return UploadOutcome.DISPUTED, disputed_code
