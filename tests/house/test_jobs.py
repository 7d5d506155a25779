"""Handlers of jobs ask for rooms that there are, as what they are."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_type_hints

from app.models.states import JobState
from app.platform.clock import Clock
from app.platform.jobs import Handler, Periodic, Within
from app.platform.wiring import rooms_needed
from app.routers.rooms import Rooms
from app.worker import find_handlers
from tests.house.source import ROOT


def misfits(handlers: Mapping[str, Handler]) -> list[str]:
    """What a handler asks for by a name under which something else, or nothing, is there."""
    there = get_type_hints(Rooms)
    return [
        f"{kind}: {name}"
        for kind, handler in handlers.items()
        for name in rooms_needed(handler.act)
        if there.get(name) != get_type_hints(handler.act)[name]
    ]


def test_every_handler_is_given_what_it_asks_for() -> None:
    handlers = find_handlers()
    assert handlers
    assert misfits(handlers) == []


def test_a_handler_that_would_be_given_something_else_is_noticed() -> None:
    async def good(session: Any, payload: Any, *, clock: Clock) -> None: ...
    async def bad(session: Any, payload: Any, *, clock: str, kitchen: Clock) -> None: ...

    handlers: dict[str, Handler] = {
        "good": Within(good),
        "bad": Periodic(bad, every=timedelta(hours=1)),
    }
    assert misfits(handlers) == ["bad: clock", "bad: kitchen"]


def test_the_page_of_the_room_names_every_state_and_every_kind_of_handler() -> None:
    page = (ROOT / "docs" / "outbox.md").read_text()
    for word in [*JobState, "Within", "Outside", "Periodic"]:
        assert f"`{word}`" in page
