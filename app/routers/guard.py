"""Who may call: declared at the route, decided before the body is read.

Every route is made by one of the routers below and carries one declaration:

    router = api_router()

    @router.post("/v1/…", status_code=201, summary="…")
    @staff_only(Role.CAMPAIGN_MANAGER, key=OPTIONAL, refuses=(StateConflict,))
    async def create_batch(...): ...

A route without a declaration does not come into being. The order of refusals is
the contract's: 401, 403, key, body, then whatever the operation says.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request

from app.models.states import Role
from app.platform.errors import (
    BodyTooLarge,
    Forbidden,
    QuotaExceeded,
    Refusal,
    TemporarilyUnavailable,
    Unauthenticated,
)
from app.routers import admission
from app.routers.access import Access, Early
from app.routers.admission import Admit
from app.routers.body_limit import DEFAULT_BYTES
from app.routers.guarded_route import GuardedRoute
from app.routers.keys import (
    CLAIM_KEY,
    NO_KEY,
    OPTIONAL,
    REQUIRED,
    ClaimKey,
    OnceKey,
    key_refusals,
)
from app.routers.reach import Reach
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.identity.refusals import MemberNotRegistered, SecondFactorRequired
from app.shared.limits import MEMBER, PUBLIC, STAFF, TILL, RatePolicy

__all__ = [
    "CLAIM_KEY",
    "NO_KEY",
    "OPTIONAL",
    "REQUIRED",
    "ClaimKey",
    "GuardedRoute",
    "MemberCaller",
    "OnceKey",
    "Reach",
    "StaffCaller",
    "TillCaller",
    "anyone",
    "api_router",
    "members_only",
    "staff_only",
    "tills_only",
]

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

# Below the four seconds in which a caller is promised an answer.
DEADLINE_S = 3.6


def _declare(
    audience: str,
    admit: Admit | None,
    *,
    roles: frozenset[Role] = frozenset(),
    verb: str | None = None,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
    too_large: type[Refusal] = BodyTooLarge,
    limit: RatePolicy | None,
    reach: Reach | None = None,
    asks_nobody: bool = False,
    front: bool = False,
    early: Early | None = None,
    while_read_only: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    if reach not in {None, Reach.OWN}:
        refuses = (SecondFactorRequired, *refuses)
    if admit is not None:
        refuses = (Unauthenticated, Forbidden, *refuses)
    if audience == "member":
        refuses = (MemberNotRegistered, *refuses)
    if limit is not None:
        refuses = (*refuses, QuotaExceeded)
    refuses = (*refuses, *key_refusals(key))
    if not asks_nobody:
        refuses = (*refuses, TemporarilyUnavailable)
    access = Access(
        audience,
        admit,
        roles,
        verb,
        key,
        refuses,
        deadline_s,
        body_limit_bytes,
        too_large,
        limit,
        reach,
        front,
        early,
        while_read_only,
    )

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__access__ = access  # type: ignore[attr-defined]
        return endpoint

    return mark


def anyone(
    *,
    refuses: tuple[type[Refusal], ...] = (),
    limit: RatePolicy | None = PUBLIC,
    asks_nobody: bool = False,
    while_read_only: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    """No token is asked for. `limit=None` is for whoever watches the service;
    `asks_nobody=True` for what the process knows by itself and so is never unavailable;
    `while_read_only=True` for what goes on while everything else may only be looked at."""
    return _declare(
        "public",
        None,
        refuses=refuses,
        limit=limit,
        asks_nobody=asks_nobody,
        while_read_only=while_read_only,
    )


def members_only(
    *,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
    too_large: type[Refusal] = BodyTooLarge,
    limit: RatePolicy = MEMBER,
    front: bool = False,
    early: Early | None = None,
    recalled: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    """A registered member of the union's app. `key=REQUIRED` for what creates or
    spends, `CLAIM_KEY` for what claims a unit. `front` for what a crowd calls at once,
    `early` for the no that most of the crowd hears; `recalled` for what may go by who the
    member was a second ago: it grants nothing, or asks the books again before it does.

    `too_large` is what a longer body than the limit is refused as.
    """
    return _declare(
        "member",
        admission.recall_member if recalled else admission.admit_member,
        key=key,
        refuses=refuses,
        deadline_s=deadline_s,
        body_limit_bytes=body_limit_bytes,
        too_large=too_large,
        limit=limit,
        front=front,
        early=early,
    )


def tills_only(
    *,
    verb: str | None = None,
    refuses: tuple[type[Refusal], ...] = (),
    limit: RatePolicy = TILL,
    front: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    """A store's device. Stores' own numbers make their calls repeatable; no key is used."""
    return _declare(
        "store", admission.admit_till, verb=verb, refuses=refuses, limit=limit, front=front
    )


def staff_only(
    *roles: Role,
    verb: str | None = None,
    reads: bool = False,
    reach: Reach = Reach.CAMPAIGN,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
    while_read_only: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    """Staff in one of the roles. The administrator may do everything; `reads=True`
    marks an operation that changes nothing, which the auditor may call as well. Accounts
    that are limited to districts are turned away unless `reach` says otherwise. `verb` is
    what the ledger calls the act: whatever changes something or shows personal data has one.
    `while_read_only=True` as for `anyone`."""
    allowed = frozenset(roles) | {Role.ADMINISTRATOR} | ({Role.AUDITOR} if reads else set())
    return _declare(
        "staff",
        admission.admit_staff,
        roles=allowed,
        verb=verb,
        reach=reach,
        key=key,
        refuses=refuses,
        deadline_s=deadline_s,
        body_limit_bytes=body_limit_bytes,
        limit=STAFF,
        while_read_only=while_read_only,
    )


async def _caller(request: Request) -> Any:
    return request.scope[admission.CALLER]


MemberCaller = Annotated[Member, Depends(_caller)]
TillCaller = Annotated[Till, Depends(_caller)]
StaffCaller = Annotated[StaffMember, Depends(_caller)]


def api_router() -> APIRouter:
    """A router whose routes must say who may call them."""
    return APIRouter(route_class=GuardedRoute)
