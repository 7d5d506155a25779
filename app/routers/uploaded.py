"""An uploaded item that could not be read, in the words of any bad input."""

from app.routers.invalid import field_error
from app.routers.language import Language, say
from app.schemas.base import FieldProblem
from app.schemas.uploaded import BadItem


def item_problems(place: int, item: BadItem, language: Language) -> list[FieldProblem]:
    """Where in the whole body it stands, and what is wrong there."""
    errors = [
        field_error({**fault, "loc": ("body", "items", place, *fault["loc"])})
        for fault in item.errors
    ]
    return [
        FieldProblem(pointer=error.pointer, detail=say(error.detail, language), code=error.code)
        for error in errors
    ]
