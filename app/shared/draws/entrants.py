"""What a pack declares of those who may enter a draw, or are put in order, and where it is kept.

`packs/<pack>/draws.py` has both in `DRAWS`, which `app/main.py` finds by name.
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

    `name`: `<pack>.<what>`. `edition(subject_id)` selects the id of the campaign that the
    subject is of. `check(session, subject_id, rule)` raises `InputInvalid` for what
    the pack does not have. `admitted(subject_id, rule)` selects `member_id, person_id` of all
    whom the rule admits, each person perhaps more than once: the list that is frozen holds
    these, whatever was known when they entered.
    """

    name: str
    edition: Callable[[UUID], AnySelect]
    check: Callable[[AsyncSession, UUID, EntryRule], Awaitable[None]]
    admitted: Callable[[UUID, EntryRule], AnySelect]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Those whom a pack puts in order instead of letting them race.

    `name`: `<pack>.<what>`. `edition`: as an entrant source's. `turns_job`: the pack's job that
    takes their turns once the order is drawn, or once the window closed on nobody; with
    `draw_id`.
    """

    name: str
    edition: Callable[[UUID], AnySelect]
    turns_job: str


class Draws:
    """The sources and crowds that there are. One a process."""

    def __init__(self, declared: Iterable[EntrantSource | Crowd]) -> None:
        known = {each.name: each for each in declared}
        self._known = known
        self.sources: Mapping[str, EntrantSource] = {
            name: each for name, each in known.items() if isinstance(each, EntrantSource)
        }
        self.crowds: Mapping[str, Crowd] = {
            name: each for name, each in known.items() if isinstance(each, Crowd)
        }

    async def edition(self, session: AsyncSession, name: str, subject_id: UUID) -> UUID | None:
        """The campaign of what a draw is about, by the draw's source or crowd; None where there
        is no such thing. Raises `TemporarilyUnavailable`, as `source` does."""
        if name not in self._known:
            raise TemporarilyUnavailable()
        found: UUID | None = await session.scalar(self._known[name].edition(subject_id))
        return found

    def source(self, name: str) -> EntrantSource:
        """Raises `TemporarilyUnavailable`: during a rollout, a newer process knows it."""
        if name not in self.sources:
            raise TemporarilyUnavailable()
        return self.sources[name]

    def crowd(self, name: str) -> Crowd:
        """Raises `TemporarilyUnavailable`, as `source` does."""
        if name not in self.crowds:
            raise TemporarilyUnavailable()
        return self.crowds[name]
