"""What a route declares of itself."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.models.states import Role
from app.platform.errors import Refusal
from app.routers.admission import Admit
from app.routers.reach import Reach
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from app.shared.limits import RatePolicy

# Given the rooms, the caller and what the path names: a no that is known already, or None.
Early: TypeAlias = Callable[[Rooms, Member, Mapping[str, str]], Awaitable[Refusal | None]]


@dataclass(frozen=True)
class Access:
    """One route's declaration, read by the guard and by the documents.

    `front`: it is answered in front of the framework (`front.py`); `early`: before that it is
    asked whether the answer is a no that is known already (`early.py`).
    """

    audience: str
    admit: Admit | None
    roles: frozenset[Role]
    verb: str | None
    key: str
    refusals: tuple[type[Refusal], ...]
    deadline_s: float
    body_limit_bytes: int
    too_large: type[Refusal]
    limit: RatePolicy | None
    reach: Reach | None
    front: bool
    early: Early | None
