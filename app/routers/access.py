"""What a route declares of itself."""

import random
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

# Whoever came in the same instant and is still waiting (for a database that stands, for the end
# of a body) does not hear so in one: a thousand answers at once would be felt by all others.
# Still longer than the longest wait for the database (`COMMAND_TIMEOUT_S`).
SPREAD_S = 0.3
# Given a caller: a no that is known already, or None.
Judge: TypeAlias = Callable[[Member], Awaitable[Refusal | None]]
# Given the rooms and what the path names: who to ask, or None as long as some are let in.
Early: TypeAlias = Callable[[Rooms, Mapping[str, str]], Judge | None]


@dataclass(frozen=True)
class Access:
    """One route's declaration, read by the guard and by the documents.

    `front`: it is answered in front of the framework (`front.py`); `early`: before that it is
    asked whether the answer is a no that is known already (`early.py`). `while_read_only`: it
    changes something, and does so too while everything else may only be looked at.
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
    while_read_only: bool

    def patience_s(self) -> float:
        """How long one request may take: its deadline, or a little less by chance."""
        return self.deadline_s - random.random() * SPREAD_S  # noqa: S311
