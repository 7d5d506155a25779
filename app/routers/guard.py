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
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

import http_sf
from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from app.models.states import Role
from app.platform.db import is_passing, sqlstate
from app.platform.errors import (
    BodyMalformed,
    Forbidden,
    InputInvalid,
    NotFound,
    Refusal,
    TemporarilyUnavailable,
    Unauthenticated,
)
from app.routers.body_limit import DEFAULT_BYTES
from app.routers.describe import describe
from app.routers.invalid import broken_json
from app.routers.rooms import R, Rooms
from app.shared.idempotency import (
    IdempotencyKeyInProgress,
    IdempotencyKeyMalformed,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    KeyedRequest,
    Once,
)
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.identity.refusals import MemberNotRegistered

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Caller: TypeAlias = Member | Till | StaffMember | None
Admit: TypeAlias = Callable[[Rooms, str], Awaitable[Caller]]

# Below the four seconds in which a caller is promised an answer.
DEADLINE_S = 3.6
REQUIRED, OPTIONAL, NO_KEY = "required", "optional", "none"
KEY_LENGTH = 255
UUID_LENGTH = 36
FINGERPRINT_BYTES = 16
CHALLENGE = {"WWW-Authenticate": "Bearer"}
KEY_REFUSALS = (IdempotencyKeyMalformed, IdempotencyKeyReused, IdempotencyKeyInProgress)


@dataclass(frozen=True)
class Access:
    """One route's declaration, read by the guard and by the documents."""

    audience: str
    admit: Admit | None
    roles: frozenset[Role]
    key: str
    refusals: tuple[type[Refusal], ...]
    deadline_s: float
    body_limit_bytes: int


async def _admit_member(rooms: Rooms, token: str) -> Member:
    member = await rooms.directory.find(await rooms.member_tokens.verify(token))
    if member is None:
        raise MemberNotRegistered()
    return member


async def _admit_till(rooms: Rooms, token: str) -> Till:
    return rooms.access.till(rooms.own_tokens.verify_till(token))


def _admit_staff(roles: frozenset[Role]) -> Admit:
    async def admit(rooms: Rooms, token: str) -> StaffMember:
        staff = rooms.access.staff_member(rooms.own_tokens.verify_staff(token))
        if not staff.roles & roles:
            raise Forbidden()
        return staff

    return admit


def _declare(
    audience: str,
    admit: Admit | None,
    *,
    roles: frozenset[Role] = frozenset(),
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
) -> Callable[[Endpoint], Endpoint]:
    if admit is not None:
        refuses = (Unauthenticated, Forbidden, *refuses)
    if audience == "member":
        refuses = (MemberNotRegistered, *refuses)
    if key != NO_KEY:
        refuses = (*refuses, *KEY_REFUSALS)
    if key == REQUIRED:
        refuses = (*refuses, IdempotencyKeyMissing)
    refuses = (*refuses, TemporarilyUnavailable)
    access = Access(audience, admit, roles, key, refuses, deadline_s, body_limit_bytes)

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__access__ = access  # type: ignore[attr-defined]
        return endpoint

    return mark


def anyone(*, refuses: tuple[type[Refusal], ...] = ()) -> Callable[[Endpoint], Endpoint]:
    """No token is asked for."""
    return _declare("public", None, refuses=refuses)


def members_only(
    *, key: str = NO_KEY, refuses: tuple[type[Refusal], ...] = ()
) -> Callable[[Endpoint], Endpoint]:
    """A registered member of the union's app. `key=REQUIRED` for what creates or spends."""
    return _declare("member", _admit_member, key=key, refuses=refuses)


def tills_only(*, refuses: tuple[type[Refusal], ...] = ()) -> Callable[[Endpoint], Endpoint]:
    """A store's device. Stores' own numbers make their calls repeatable; no key is used."""
    return _declare("store", _admit_till, refuses=refuses)


def staff_only(
    *roles: Role,
    reads: bool = False,
    key: str = NO_KEY,
    refuses: tuple[type[Refusal], ...] = (),
    deadline_s: float = DEADLINE_S,
    body_limit_bytes: int = DEFAULT_BYTES,
) -> Callable[[Endpoint], Endpoint]:
    """Staff in one of the roles. The administrator may do everything; `reads=True`
    marks an operation that changes nothing, which the auditor may call as well."""
    allowed = frozenset(roles) | {Role.ADMINISTRATOR} | ({Role.AUDITOR} if reads else set())
    return _declare(
        "staff",
        _admit_staff(allowed),
        roles=allowed,
        key=key,
        refuses=refuses,
        deadline_s=deadline_s,
        body_limit_bytes=body_limit_bytes,
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
            except Exception as error:
                if isinstance(error, Refusal):
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
    request.state.key = _key(access, request)


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


def _key(access: Access, request: Request) -> str | None:
    text = request.headers.get("idempotency-key")
    if access.key == NO_KEY:
        return None
    if text is None:
        if access.key == REQUIRED:
            raise IdempotencyKeyMissing()
        return None
    return _read_key(text.strip())


def _read_key(text: str) -> str:
    if len(text) == UUID_LENGTH and set(text.lower()) <= set("0123456789abcdef-"):
        return text.lower()
    try:
        item: Any = http_sf.parse(text.encode("ascii"), tltype="item")
    except ValueError as error:
        raise IdempotencyKeyMalformed() from error
    value = item[0]
    if type(value) is not str or not 0 < len(value) <= KEY_LENGTH:
        raise IdempotencyKeyMalformed()
    return str(value)


async def _keyed_request(request: Request, rooms: Rooms) -> KeyedRequest | None:
    key: str | None = request.state.key
    if key is None:
        return None
    canonical = _canonical(await request.body())
    caller = request.state.caller
    return KeyedRequest(
        caller=f"{type(caller).__name__}:{caller.id}",
        operation=f"{request.method} {request.url.path}",
        key=key,
        fingerprint=rooms.digester.digest("body", canonical)[:FINGERPRINT_BYTES],
    )


def _canonical(body: bytes) -> str:
    # Where the route takes no body nobody has parsed it yet, and it may be anything.
    try:
        parsed = json.loads(body) if body else {}
        return json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    except json.JSONDecodeError as error:
        raise BodyMalformed(errors=(broken_json(error.doc, error.pos),)) from error
    except (ValueError, RecursionError) as error:
        raise BodyMalformed() from error


async def _once(request: Request, rooms: R) -> Once:
    return Once(await _keyed_request(request, rooms), rooms.digester, rooms.sealer)


async def _required_key(request: Request, rooms: R) -> KeyedRequest:
    keyed = await _keyed_request(request, rooms)
    assert keyed is not None, "the route declares key=REQUIRED"
    return keyed


async def _caller(request: Request) -> Any:
    return request.state.caller


MemberCaller = Annotated[Member, Depends(_caller)]
TillCaller = Annotated[Till, Depends(_caller)]
StaffCaller = Annotated[StaffMember, Depends(_caller)]
OnceKey = Annotated[Once, Depends(_once)]
ClaimKey = Annotated[KeyedRequest, Depends(_required_key)]


def api_router() -> APIRouter:
    """A router whose routes must say who may call them."""
    return APIRouter(route_class=GuardedRoute)
