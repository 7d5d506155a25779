"""Handlers and the rooms that they ask for, brought together once, at the start."""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from app.platform.jobs import Handler


def bind(handlers: Mapping[str, Handler], rooms: object) -> dict[str, Handler]:
    """The handlers with their rooms. Raises `TypeError` if one asks for what is not there.

    Now, not when the first job of the kind falls due.
    """
    return {kind: _bind(kind, handler, rooms) for kind, handler in handlers.items()}


def rooms_needed(handler: Handler) -> list[str]:
    """The handler's arguments by keyword."""
    parameters = inspect.signature(handler.act).parameters.values()
    return [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]


def _bind(kind: str, handler: Handler, rooms: object) -> Handler:
    needed = rooms_needed(handler)
    missing = [name for name in needed if not hasattr(rooms, name)]
    if missing:
        raise TypeError(f"{kind} asks for rooms that there are not: {', '.join(missing)}")
    return replace(
        handler, act=partial(handler.act, **{name: getattr(rooms, name) for name in needed})
    )
