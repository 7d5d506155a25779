"""Rooms for whoever names them: a function's arguments by keyword, as in `app/routers/rooms.py`.

What jobs and approved acts do is found by name and run by somebody who does not know what it
needs; so it says so itself.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any


def rooms_needed(act: Callable[..., Any]) -> list[str]:
    """The function's arguments by keyword."""
    parameters = inspect.signature(act).parameters.values()
    return [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]


def with_rooms(name: str, act: Callable[..., Any], rooms: object) -> Callable[..., Any]:
    """The function with its rooms. Raises `TypeError` if it asks for what is not there.

    Now, not when it is first called; `name` is what the error calls it.
    """
    needed = rooms_needed(act)
    missing = [each for each in needed if not hasattr(rooms, each)]
    if missing:
        raise TypeError(f"{name} asks for rooms that there are not: {', '.join(missing)}")
    return partial(act, **{each: getattr(rooms, each) for each in needed})
