"""How an upload is answered, at tills and at desks: each item alone, in its place."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from app.platform.errors import InputInvalid, Refusal, Words
from app.routers.invalid import field_error
from app.routers.language import Language, say
from app.schemas.base import FieldProblem
from app.schemas.uploaded import BadItem, UploadOutcome

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Result = TypeVar("Result")


def answered(
    items: Sequence[Item | BadItem],
    outcomes: Iterable[Outcome],
    *,
    judged: Callable[[Item, Outcome], Result],
    unreadable: Callable[[int, BadItem], Result],
) -> list[Result]:
    """One answer an item, in order. `outcomes`: of those that could be read."""
    coming = iter(outcomes)
    return [
        unreadable(place, item) if isinstance(item, BadItem) else judged(item, next(coming))
        for place, item in enumerate(items)
    ]


def why(outcome: object, disputed: type, words: Words, language: Language) -> str | None:
    """What a person reads of an item that was refused or is in dispute."""
    if isinstance(outcome, disputed):
        return say(words, language)
    if isinstance(outcome, Refusal):
        return say(outcome.detail, language, outcome.facts)
    return None


def as_refused(place: int, item: BadItem, language: Language) -> dict[str, Any]:
    """The fields that every answer has, of an item that could not be read."""
    return {
        "outcome": UploadOutcome.REFUSED,
        "code": InputInvalid.code,
        "detail": say(InputInvalid.detail, language),
        "errors": _problems(place, item, language),
    }


def _problems(place: int, item: BadItem, language: Language) -> list[FieldProblem]:
    """Where in the whole body it stands, and what is wrong there."""
    errors = [
        field_error({**fault, "loc": ("body", "items", place, *fault["loc"])})
        for fault in item.errors
    ]
    return [
        FieldProblem(pointer=error.pointer, detail=say(error.detail, language), code=error.code)
        for error in errors
    ]
