"""One kind of data about a member: how it is read, and what becomes of it at an erasure."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.ledger import Actor

Item: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the data is about: an account and the human behind it."""

    member_id: UUID
    person_id: UUID


class Outcome(StrEnum):
    """What became of a kind. `detached`: its rows stay, and lead to nobody any more."""

    ERASED = "erased"
    DETACHED = "detached"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fate:
    """What an erasure does to a kind, and why not more. `until`: when what is kept goes too."""

    outcome: Outcome
    reason: Words | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erasing:
    """An erasure under way. Its person and account are locked.

    `now` in campaign time; `forget_at`: when the limits of campaigns that run now are over.
    `actor`: who erases; None while it is only foreseen.
    """

    session: AsyncSession
    sealer: Sealer
    subject: Subject
    now: datetime
    forget_at: datetime
    actor: Actor | None = None


@dataclass(frozen=True)
class DataKind:
    """`select` finds the rows about a subject, newest first; `show` makes of each what its
    owner gets to see, in clear. `fate` decides and changes nothing; `erase` is called where
    it says `erased`, and `select` must find nothing afterwards."""

    name: str
    title: Words
    select: Callable[[Subject], AnySelect]
    show: Callable[[Sealer, AnyRow], Item]
    fate: Callable[[Erasing], Awaitable[Fate]]
    erase: Callable[[Erasing], Awaitable[None]] | None = None


def as_it_is(_: Sealer, row: AnyRow) -> Item:
    """How a row is shown of which nothing is sealed."""
    return dict(row._mapping)


def always(fate: Fate) -> Callable[[Erasing], Awaitable[Fate]]:
    """The same for everybody."""

    async def decide(_: Erasing) -> Fate:
        return fate

    return decide
