"""What a pack tells of itself on one member's home page. Plain values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from app.models.states import Category, PackKind

Fact: TypeAlias = Mapping[str, Any]
# What a member is entitled by today.
Categories: TypeAlias = frozenset[Category]


@dataclass(frozen=True, slots=True)
class Act:
    """What the member can do now: a verb of the contract on an object, until when.

    `while_open`: only as long as the pack is open; what is held stays usable after that.
    """

    act: str
    id: UUID
    until: datetime
    while_open: bool = True


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What the member will be able to do, and from when."""

    act: str
    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """One pack for one member. `held`: how many things of it the member has and can use.

    `reason`: where something is open and the member cannot have it, the refusal's code.
    """

    held: int = 0
    can: tuple[Act, ...] = ()
    next: Upcoming | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HomePart:
    """A pack's part of the page.

    `statement` selects `member_id, fact` (a JSON object): facts of a member, and, under a
    null, facts that are the same for all. A fact names the edition that it belongs to
    (`campaign_id`); one that names none belongs to the current one. Its parameters are
    `:members` and `:persons` (two arrays side by side), `:now` and `:day` (Shanghai). `read`
    makes a member's card of an edition of what the member is entitled by, the facts for all and
    the member's own; whoever is alike in all three is shown the same.
    """

    kind: PackKind
    statement: str
    read: Callable[[Categories, Sequence[Fact], Sequence[Fact], datetime], Card]
