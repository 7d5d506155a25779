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
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.models.states import Role
from app.platform.db import is_passing, sqlstate
from app.platform.errors import (
    Forbidden,
    InputInvalid,
    NotFound,
    QuotaExceeded,
    Refusal,
    TemporarilyUnavailable,
    Unauthenticated,
)
from app.routers.acting import note_refusal
from app.routers.body_limit import DEFAULT_BYTES
from app.routers.describe import describe
from app.routers.keys import NO_KEY, OPTIONAL, REQUIRED, ClaimKey, OnceKey, key_refusals, read_key
from app.routers.rate_limit import count_request
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.identity.refusals import MemberNotRegistered
from app.shared.limits import MEMBER, PUBLIC, STAFF, TILL, RatePolicy

__all__ = [
    "NO_KEY",
    "OPTIONAL",
    "REQUIRED",
    "ClaimKey",
    "MemberCaller",
    "OnceKey",
    "StaffCaller",
    "TillCaller",
    "anyone",
    "api_router",
    "members_only",
    "staff_only",
    "tills_only",
]

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Caller: TypeAlias = Member | Till | StaffMember | None
Admit: TypeAlias = Callable[[Rooms, str], Awaitable[Caller]]

# Below the four seconds in which a caller is promised an answer.
DEADLINE_S = 3.6
# nginx's number for a caller that left before its answer.
CLIENT_GONE = 499
CHALLENGE = {"WWW-Authenticate": "Bearer"}


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
    limit: RatePolicy | None


async def _admit_member(rooms: Rooms, token: str) -> Member:
    member = await rooms.directory.find(await rooms.member_tokens.verify(token))
    if member is None:
        raise MemberNotRegistered()
    return member


async def _admit_till(rooms: Rooms, token: str) -> Till:
    till = rooms.access.till(rooms.own_tokens.verify_till(token))
    rooms.seen.note(till.device_id)
    return till


async def _admit_staff(rooms: Rooms, token: str) -> StaffMember:
    return rooms.access.staff_member(rooms.own_tokens.verify_staff(token))


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
    limit: RatePolicy | None,
) -> Callable[[Endpoint], Endpoint]:
    if admit is not None:
        refuses = (Unauthenticated, Forbidden, *refuses)
    if audience == "member":
        refuses = (MemberNotRegistered, *refuses)
    if limit is not None:
        refuses = (*refuses, QuotaExceeded)
    refuses = (*refuses, *key_refusals(key), TemporarilyUnavailable)
    access = Access(audience, admit, roles, verb, key, refuses, deadline_s, body_limit_bytes, limit)

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__access__ = access  # type: ignore[attr-defined]
        return endpoint

    return mark


def anyone(
    *, refuses: tuple[type[Refusal], ...] = (), limit: RatePolicy | None = PUBLIC
) -> Callable[[Endpoint], Endpoint]:
    """No token is asked for. `limit=None` is for whoever watches the service."""
    return _declare("public", None, refuses=refuses, limit=limit)


def members_only(
    *,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    limit: RatePolicy = MEMBER,
) -> Callable[[Endpoint], Endpoint]:
    """A registered member of the union's app. `key=REQUIRED` for what creates or spends."""
    return _declare("member", _admit_member, key=key, refuses=refuses, limit=limit)


def tills_only(
    *,
    verb: str | None = None,
    refuses: tuple[type[Refusal], ...] = (),
    limit: RatePolicy = TILL,
) -> Callable[[Endpoint], Endpoint]:
    """A store's device. Stores' own numbers make their calls repeatable; no key is used."""
    return _declare("store", _admit_till, verb=verb, refuses=refuses, limit=limit)


def staff_only(
    *roles: Role,
    verb: str | None = None,
    reads: bool = False,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
) -> Callable[[Endpoint], Endpoint]:
    """Staff in one of the roles. The administrator may do everything; `reads=True`
    marks an operation that changes nothing, which the auditor may call as well. `verb` is
    what the ledger calls the act: whatever changes something or shows personal data has one."""
    allowed = frozenset(roles) | {Role.ADMINISTRATOR} | ({Role.AUDITOR} if reads else set())
    return _declare(
        "staff",
        _admit_staff,
        roles=allowed,
        verb=verb,
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
        takes_body = bool({"POST", "PUT", "PATCH"}.intersection(options.get("methods") or ()))
        described = describe(
            access.audience,
            access.roles,
            key=None if access.key == NO_KEY else access.key == REQUIRED,
            refusals=(
                *access.refusals,
                *((NotFound,) if "{" in path else ()),
                *((InputInvalid,) if takes_body or "{" in path else ()),
            ),
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
            except ClientDisconnect:
                # Nobody is there to read it; it only keeps a lost caller from looking like a bug.
                return Response(status_code=CLIENT_GONE)
            except Exception as error:
                if isinstance(error, Refusal):
                    note_refusal(request, access.verb, error)
                    raise
                if is_passing(error):
                    raise TemporarilyUnavailable() from error
                if (sqlstate(error) or "").startswith("22"):
                    # A value that the schema let through and the database will not hold.
                    raise InputInvalid() from error
                raise

        return handle


async def _admit(access: Access, request: Request) -> None:
    caller: Caller = None
    if access.admit is not None:
        rooms, token = request.app.state.rooms, _bearer(request)
        try:
            caller = await access.admit(rooms, token)
        except Unauthenticated as error:
            if await _is_good_elsewhere(access.audience, rooms, token):
                raise Forbidden() from error
            raise Unauthenticated(headers=CHALLENGE) from error
    request.state.caller = caller
    if isinstance(caller, StaffMember) and not caller.roles & access.roles:
        raise Forbidden()
    if access.limit is not None:
        count_request(access.limit, request, caller)
    request.state.key = read_key(access.key, request)


async def _is_good_elsewhere(audience: str, rooms: Rooms, token: str) -> bool:
    """Whether a token that is none here is a valid one of another kind of caller."""
    if audience == "member":
        return rooms.own_tokens.knows(token)
    try:
        await rooms.member_tokens.verify(token)
    except (Unauthenticated, TemporarilyUnavailable):
        return False
    return True


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(headers=CHALLENGE)
    return token.strip()


async def _caller(request: Request) -> Any:
    return request.state.caller


MemberCaller = Annotated[Member, Depends(_caller)]
TillCaller = Annotated[Till, Depends(_caller)]
StaffCaller = Annotated[StaffMember, Depends(_caller)]


def api_router() -> APIRouter:
    """A router whose routes must say who may call them."""
    return APIRouter(route_class=GuardedRoute)
