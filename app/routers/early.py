"""The no that most of a rush hears, said before anything else is done for the request.

Whoever presses when nothing is left costs one round of the turnstile, shared with all who
wait, and one answer that is ready. A route's `early` may only refuse what its endpoint would
refuse as well, or would have within the last second; whatever is in the least unusual about
a request (a token not met before, a body, an odd key, a caller the process does not remember)
goes the ordinary way, which alone decides everything else. docs/adr/0034-the-early-no.md.
"""

import asyncio
import re
from collections.abc import Mapping

from fastapi import Request, Response
from starlette.types import Scope

from app.platform.errors import Refusal, TemporarilyUnavailable
from app.routers.access import Access
from app.routers.headers import headers_of
from app.routers.problems import problem_response
from app.routers.rate_limit import count_request
from app.routers.rooms import rooms_in

_BEARER = b"Bearer "
_ID = rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
# A UUID, bare or in quotes: what nearly every client sends as its key.
_USUAL_KEY = re.compile(rb'(")?' + _ID + rb'(?(1)")')


async def refuse_early(access: Access, scope: Scope) -> Response | None:
    """The finished refusal, or None: go the ordinary way. Counted against the caller's quota."""
    if access.early is None:
        return None
    rooms = rooms_in(scope)
    judge = access.early(rooms, scope["path_params"])
    # Whoever may win pays for nothing here. When the service is read-only the guard says so, to
    # whoever may know.
    if judge is None or rooms.read_only.is_on:
        return None
    headers = headers_of(scope)
    if len(headers) != len(scope["headers"]) or not _is_usual(headers):
        return None
    token = headers[b"authorization"].removeprefix(_BEARER).decode("latin-1")
    member_no = rooms.member_tokens.known(token)
    member = None if member_no is None else rooms.directory.recent(member_no)
    if member is None:
        return None
    request = Request(scope)
    try:
        if access.limit is not None:
            count_request(access.limit, request, member)
        async with asyncio.timeout(access.patience_s()):
            refusal = await judge(member)
    except Refusal as refused:
        refusal = refused
    except TimeoutError:
        refusal = TemporarilyUnavailable()
    return None if refusal is None else problem_response(request, refusal)


def _is_usual(headers: Mapping[bytes, bytes]) -> bool:
    """No body, a key like any other, a bearer's token."""
    return (
        headers.get(b"content-length", b"0") == b"0"
        and b"transfer-encoding" not in headers
        and headers.get(b"authorization", b"").startswith(_BEARER)
        and _USUAL_KEY.fullmatch(headers.get(b"idempotency-key", b"")) is not None
    )
