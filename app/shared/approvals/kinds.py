"""What a pack or a room declares of an act that may need a second person, and where it is kept.

`packs/<pack>/approvals.py` and `shared/<room>/approvals.py` have their kinds in `APPROVALS`,
which `app/main.py` finds by name.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import Role
from app.platform.errors import TemporarilyUnavailable
from app.platform.wiring import with_rooms
from app.shared.ledger import Actor

WEEK = timedelta(days=7)

Payload: TypeAlias = Mapping[str, Any]
AfterCommit: TypeAlias = Callable[[], Awaitable[None]]
Check: TypeAlias = Callable[[AsyncSession, UUID, Payload], Awaitable[None]]
Perform: TypeAlias = Callable[..., Awaitable[AfterCommit | None]]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked: the account, and its name as history rows show it."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Approved:
    """What is done now, as it was asked for. `payload` and the sealed `private` are the kind's."""

    approval_id: UUID
    object_id: UUID
    payload: Payload
    private: bytes | None
    reason: str
    asked_by: Asker

    @property
    def why(self) -> str:
        """For the ledger, whose row has the approver as its actor: the asker's reason, and who
        asked. By ids, because a name there would stay for good."""
        return f"{self.reason} (asked by staff {self.asked_by.id}, approval {self.approval_id})"


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """An act of staff that may need a second person.

    `name`: `<pack or room>.<act>`. `object_kind`: the word that paths use before `_id`.
    `deciders` decide, and the administrator. `check(session, object_id, payload)` raises the
    act's own refusals under the act's own locks, and changes nothing. `perform(session,
    approved, actor, *, rooms…)` is the act, by the same function as the direct way, in the
    approver's transaction; what it answers is called once that is committed. `measured`: only
    above its threshold, else always. `lives`: for so long it can be decided, in campaign time.
    """

    name: str
    object_kind: str
    deciders: frozenset[Role]
    check: Check
    perform: Perform
    measured: bool = True
    lives: timedelta = WEEK

    def is_decided_by(self, roles: frozenset[Role]) -> bool:
        return bool(roles & (self.deciders | {Role.ADMINISTRATOR}))


class Desk:
    """The kinds that there are, and how each is done. One a process."""

    def __init__(self, kinds: Iterable[ApprovalKind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._acts: dict[str, Perform] = {}

    def furnish(self, rooms: object) -> None:
        """Hand each act the rooms that it asks for. Raises `TypeError` if one is not there."""
        self._acts = {
            name: with_rooms(name, kind.perform, rooms) for name, kind in self._kinds.items()
        }

    @property
    def kinds(self) -> Mapping[str, ApprovalKind]:
        return self._kinds

    def kind(self, name: str) -> ApprovalKind:
        """Raises `TemporarilyUnavailable`: during a rollout, a newer process knows it."""
        if name not in self._kinds:
            raise TemporarilyUnavailable()
        return self._kinds[name]

    async def perform(
        self, session: AsyncSession, kind: ApprovalKind, approved: Approved, actor: Actor
    ) -> AfterCommit | None:
        """Do it, as the approver. Raises the act's own refusals."""
        await kind.check(session, approved.object_id, approved.payload)
        return await self._acts[kind.name](session, approved, actor)
