"""What a route declares of itself."""

from dataclasses import dataclass

from app.models.states import Role
from app.platform.errors import Refusal
from app.routers.admission import Admit
from app.routers.reach import Reach
from app.shared.limits import RatePolicy


@dataclass(frozen=True)
class Access:
    """One route's declaration, read by the guard and by the documents.

    `front`: it is answered in front of the framework (`front.py`).
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
