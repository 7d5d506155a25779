"""What a pack declares of those who may enter a draw, and where it is kept.

`packs/<pack>/draws.py` has its sources in `DRAWS`, which `app/main.py` finds by name.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import AnySelect
from app.platform.errors import TemporarilyUnavailable

EntryRule: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EntrantSource:
    """Those whom a pack lets into a draw.

    `name`: `<pack>.<what>`. `check(session, subject_id, rule)` raises `InputInvalid` for what
    the pack does not have. `admitted(subject_id, rule)` selects `member_id, person_id` of all
    whom the rule admits, each person perhaps more than once: the list that is frozen holds
    these, whatever was known when they entered.
    """

    name: str
    check: Callable[[AsyncSession, UUID, EntryRule], Awaitable[None]]
    admitted: Callable[[UUID, EntryRule], AnySelect]


class Draws:
    """The sources that there are. One a process."""

    def __init__(self, sources: Iterable[EntrantSource]) -> None:
        self.sources: Mapping[str, EntrantSource] = {each.name: each for each in sources}

    def source(self, name: str) -> EntrantSource:
        """Raises `TemporarilyUnavailable`: during a rollout, a newer process knows it."""
        if name not in self.sources:
            raise TemporarilyUnavailable()
        return self.sources[name]
