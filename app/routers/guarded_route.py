"""A route with its guard: the caller first, then the body, and an end in time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.platform.crypto import UnknownKey
from app.platform.db import is_passing, is_unholdable
from app.platform.errors import InputInvalid, NotFound, Refusal, TemporarilyUnavailable
from app.routers import admission
from app.routers.access import Access
from app.routers.acting import note_refusal
from app.routers.describe import describe
from app.routers.keys import KEY, NO_KEY, OPTIONAL, read_key
from app.routers.rate_limit import count_request
from app.routers.rooms import rooms_in
from app.shared.identity.callers import StaffMember
from app.shared.read_only import ReadOnlyNow

Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]

# What only looks. Whatever it leaves behind (who looked, when) is written at any time.
LOOKS = {"GET", "HEAD"}
# nginx's number for a caller that left before its answer.
CLIENT_GONE = 499
log = structlog.get_logger(__name__)


class GuardedRoute(APIRoute):
    """A route that admits its caller before FastAPI looks at the body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        access = getattr(endpoint, "__access__", None)
        if not isinstance(access, Access):
            raise TypeError(f"{path}: declare who may call (app/routers/guard.py)")
        self.access = access
        # What a process knows by itself it says however much it has in hand.
        self.knows_by_itself = TemporarilyUnavailable not in access.refusals
        # Every one of its methods changes something, or none does: a route has one.
        self.waits_while_read_only = not (
            access.while_read_only or LOOKS & set(options.get("methods") or LOOKS)
        )
        # An id names one of our objects; a number that stores choose has a refusal of its own.
        names_object = "_id}" in path
        described = describe(
            access.audience,
            access.roles,
            reach=access.reach,
            key=None if access.key == NO_KEY else access.key != OPTIONAL,
            refusals=(
                *access.refusals,
                *((NotFound,) if names_object else ()),
                *((ReadOnlyNow,) if self.waits_while_read_only else ()),
            ),
            options=options,
        )
        super().__init__(path, endpoint, **described)

    def get_route_handler(self) -> Handler:
        return self.guarded(super().get_route_handler())

    def guarded(self, inner: Handler) -> Handler:
        """`inner` with the guard around it: who calls, by when, and what a failure is called."""
        access, waits = self.access, self.waits_while_read_only

        async def handle(request: Request) -> Response:
            try:
                async with asyncio.timeout(access.patience_s()):
                    await _admit(access, request)
                    if waits:
                        _require_that_changes_are_let_in(request)
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
                if is_unholdable(error):
                    raise InputInvalid() from error
                raise

        return handle


async def _admit(access: Access, request: Request) -> None:
    caller = await admission.identify(request, access.audience, access.admit)
    request.scope[admission.CALLER] = caller
    if isinstance(caller, StaffMember) and access.reach is not None:
        admission.require(caller, access.roles, access.reach)
    if access.limit is not None:
        count_request(access.limit, request, caller)
    request.scope[KEY] = read_key(access.key, request)


def _require_that_changes_are_let_in(request: Request) -> None:
    """The one place where the read-only switch is asked, before anything is begun."""
    if rooms_in(request.scope).read_only.is_on:
        raise ReadOnlyNow()
