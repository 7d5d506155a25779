"""Handlers and the rooms that they ask for, brought together once, at the start."""

from collections.abc import Mapping
from dataclasses import replace

from app.platform.jobs import Handler
from app.platform.wiring import with_rooms


def bind(handlers: Mapping[str, Handler], rooms: object) -> dict[str, Handler]:
    """The handlers with their rooms. Raises `TypeError` if one asks for what is not there.

    Now, not when the first job of the kind falls due.
    """
    return {
        kind: replace(handler, act=with_rooms(kind, handler.act, rooms))
        for kind, handler in handlers.items()
    }
