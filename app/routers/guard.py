"""Who may call: declared at the route, decided before the body is read.

Every route is made by one of the routers below and carries one declaration:

    router = api_router()

    @router.post("/v1/…", status_code=201, summary="…")
    @staff_only(Role.CAMPAIGN_MANAGER, key=OPTIONAL, refuses=(StateConflict,))
    async def create_batch(...): ...

A route without a declaration does not come into being. The order of refusals is
the contract's: 401, 403, key, body, then whatever the operation says.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.models.states import Role
from app.platform.crypto import UnknownKey
from app.platform.db import is_passing, sqlstate
from app.platform.errors import (
    BodyTooLarge,
    Forbidden,
    InputInvalid,
    NotFound,
    QuotaExceeded,
    Refusal,
    TemporarilyUnavailable,
    Unauthenticated,
)
from app.routers import admission
from app.routers.acting import note_refusal
from app.routers.admission import Admit
from app.routers.body_limit import DEFAULT_BYTES
from app.routers.describe import describe
from app.routers.keys import (
    CLAIM_KEY,
    NO_KEY,
    OPTIONAL,
    REQUIRED,
    ClaimKey,
    OnceKey,
    key_refusals,
    read_key,
)
from app.routers.rate_limit import count_request
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
# nginx's number for a caller that left before its answer.
CLIENT_GONE = 499
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Access:
    """One route's declaration, read by the guard and by the documents."""

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
) -> Callable[[Endpoint], Endpoint]:
    """No token is asked for. `limit=None` is for whoever watches the service;
    `asks_nobody=True` for what the process knows by itself and so is never unavailable."""
    return _declare("public", None, refuses=refuses, limit=limit, asks_nobody=asks_nobody)


def members_only(
    *,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
    too_large: type[Refusal] = BodyTooLarge,
    limit: RatePolicy = MEMBER,
) -> Callable[[Endpoint], Endpoint]:
    """A registered member of the union's app. `key=REQUIRED` for what creates or
    spends, `CLAIM_KEY` for what claims a unit.

    `too_large` is what a longer body than the limit is refused as.
    """
    return _declare(
        "member",
        admission.admit_member,
        key=key,
        refuses=refuses,
        deadline_s=deadline_s,
        body_limit_bytes=body_limit_bytes,
        too_large=too_large,
        limit=limit,
    )


def tills_only(
    *,
    verb: str | None = None,
    refuses: tuple[type[Refusal], ...] = (),
    limit: RatePolicy = TILL,
) -> Callable[[Endpoint], Endpoint]:
    """A store's device. Stores' own numbers make their calls repeatable; no key is used."""
    return _declare("store", admission.admit_till, verb=verb, refuses=refuses, limit=limit)


def staff_only(
    *roles: Role,
    verb: str | None = None,
    reads: bool = False,
    reach: Reach = Reach.CAMPAIGN,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
) -> Callable[[Endpoint], Endpoint]:
    """Staff in one of the roles. The administrator may do everything; `reads=True`
    marks an operation that changes nothing, which the auditor may call as well. Accounts
    that are limited to districts are turned away unless `reach` says otherwise. `verb` is
    what the ledger calls the act: whatever changes something or shows personal data has one."""
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
    )


class GuardedRoute(APIRoute):
    """A route that admits its caller before FastAPI looks at the body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        access = getattr(endpoint, "__access__", None)
        if not isinstance(access, Access):
            raise TypeError(f"{path}: declare who may call (app/routers/guard.py)")
        self.access = access
        # An id names one of our objects; a number that stores choose has a refusal of its own.
        names_object = "_id}" in path
        described = describe(
            access.audience,
            access.roles,
            reach=access.reach,
            key=None if access.key == NO_KEY else access.key != OPTIONAL,
            refusals=(*access.refusals, *((NotFound,) if names_object else ())),
            options=options,
        )
        super().__init__(path, endpoint, **described)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner, access = super().get_route_handler(), self.access

        async def handle(request: Request) -> Response:
            try:
                async with asyncio.timeout(access.deadline_s):
                    await _admit(access, request)
                    return await inner(request)
            except HTTPException as error:
                if error.status_code == 413:
                    raise access.too_large() from error
                raise
            except ClientDisconnect:
                # Nobody is there to read it; it only keeps a lost caller from looking like a bug.
                return Response(status_code=CLIENT_GONE)
            except Exception as error:
                if isinstance(error, Refusal):
                    note_refusal(request, access.verb, error)
                    raise
                if isinstance(error, UnknownKey):
                    # A key writes that was not announced here (docs/sealed-fields.md).
                    log.error("seal_key_unknown", route=self.path)
                if is_passing(error) or isinstance(error, UnknownKey):
                    raise TemporarilyUnavailable() from error
                if (sqlstate(error) or "").startswith("22"):
                    # A value that the schema let through and the database will not hold.
                    raise InputInvalid() from error
                raise

        return handle


async def _admit(access: Access, request: Request) -> None:
    caller = await admission.identify(request, access.audience, access.admit)
    request.state.caller = caller
    if isinstance(caller, StaffMember) and access.reach is not None:
        admission.require(caller, access.roles, access.reach)
    if access.limit is not None:
        count_request(access.limit, request, caller)
    request.state.key = read_key(access.key, request)


async def _caller(request: Request) -> Any:
    return request.state.caller


MemberCaller = Annotated[Member, Depends(_caller)]
TillCaller = Annotated[Till, Depends(_caller)]
StaffCaller = Annotated[StaffMember, Depends(_caller)]


def api_router() -> APIRouter:
    """A router whose routes must say who may call them."""
    return APIRouter(route_class=GuardedRoute)
