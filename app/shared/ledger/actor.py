"""Who acts: one value, from the edge to the last row that keeps it."""

from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from app.models.states import ActorKind, Role
from app.platform.crypto import Digester


@dataclass(frozen=True, slots=True)
class Actor:
    """Made once a request by the guard; commands and jobs make one of the system's.

    `id` is the account's: a member, a member of staff, the store or the merchant that a till
    speaks for; None where nobody has shown who they are. `name` is what history rows show.
    `origin` is the till's device, the client address of staff, the system's job, and nothing
    for members. `digester` makes the keyed digests of what this actor changes.
    """

    kind: ActorKind
    id: UUID | None
    name: str
    digester: Digester = field(repr=False, compare=False)
    roles: frozenset[Role] = frozenset()
    origin: str = ""
    request_id: str = ""

    @classmethod
    def system(cls, name: str, digester: Digester) -> Self:
        """The system itself: a job, a command, the seed, by its name."""
        return cls(ActorKind.SYSTEM, None, name, digester, origin=name)

    @classmethod
    def unknown(cls, digester: Digester, *, origin: str, request_id: str) -> Self:
        """Whoever calls without a token: at the token endpoint, or with an onboarding code."""
        return cls(ActorKind.PUBLIC, None, "public", digester, origin=origin, request_id=request_id)
