"""`Idempotency-Key` at the edge: what is one, and which request it belongs to.

The guard reads it before the body; services get it as `Once` or `KeyedRequest`.
"""

import json
import re
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import http_sf
from fastapi import Depends, Request

from app.platform.crypto import Digester
from app.platform.errors import BodyMalformed, BodyTooLarge, Refusal
from app.platform.ids import usual_id
from app.routers.admission import CALLER
from app.routers.headers import headers_of
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

# A claim needs one, and its repeat waits for the first's answer: none is told "in progress".
CLAIM_KEY, REQUIRED, OPTIONAL, NO_KEY = "claim", "required", "optional", "none"
# As REQUIRED, and the body is a file; what may be wrong with that, its route lists.
FILE_KEY = "file"
NEEDED = {CLAIM_KEY, REQUIRED, FILE_KEY}
# Where a request's scope has the key that the guard read.
KEY = "key"
KEY_LENGTH = 255
FINGERPRINT_BYTES = 16
# As an empty body stands in the fingerprint.
NOTHING = "{}"
_BARE_ID = re.compile("[0-9A-Fa-f-]{36}")


def key_refusals(declared: str) -> tuple[type[Refusal], ...]:
    """What a route may answer because of its key, which goes with the body as parsed."""
    if declared == NO_KEY:
        return ()
    of_header = (IdempotencyKeyMalformed, IdempotencyKeyReused)
    if declared in {REQUIRED, FILE_KEY}:
        of_body = () if declared == FILE_KEY else (BodyMalformed, BodyTooLarge)
        return (*of_header, IdempotencyKeyMissing, IdempotencyKeyInProgress, *of_body)
    own = IdempotencyKeyMissing if declared == CLAIM_KEY else IdempotencyKeyInProgress
    return (*of_header, own, BodyMalformed, BodyTooLarge)


def read_key(declared: str, request: Request) -> str | None:
    """The key as the client means it. Raises the two refusals of the header itself."""
    if declared == NO_KEY:
        return None
    text = headers_of(request.scope).get(b"idempotency-key")
    if text is None:
        if declared in NEEDED:
            raise IdempotencyKeyMissing()
        return None
    return _parse(text.decode("latin-1").strip())


def _parse(text: str) -> str:
    if _BARE_ID.fullmatch(text):
        return text.lower()
    # What nearly every client sends; any other string is read as RFC 9651 has it.
    if text[:1] == text[-1:] == '"' and _BARE_ID.fullmatch(text, 1, len(text) - 1):
        return text[1:-1]
    try:
        item: Any = http_sf.parse(text.encode("ascii"), tltype="item")
    except ValueError as error:
        raise IdempotencyKeyMalformed() from error
    value = item[0]
    if type(value) is not str or not 0 < len(value) <= KEY_LENGTH:
        raise IdempotencyKeyMalformed()
    return str(value)


async def _keyed_request(request: Request, rooms: Rooms) -> KeyedRequest | None:
    if request.scope[KEY] is None:
        return None
    body = b"" if _comes_alone(request) else await request.body()
    return _keyed(request, rooms, _canonical(body))


def _comes_alone(request: Request) -> bool:
    """Nothing follows its headers, so there is nothing to wait for."""
    headers = headers_of(request.scope)
    return headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers


def _keyed(request: Request, rooms: Rooms, body: str) -> KeyedRequest:
    caller = request.scope[CALLER]
    return KeyedRequest(
        caller=f"{type(caller).__name__}:{caller.id}",
        operation=f"{request.method} {_path(request)}",
        key=request.scope[KEY],
        fingerprint=_fingerprint(rooms.digester, body),
    )


def _fingerprint(digester: Digester, body: str) -> bytes:
    return _of_nothing(digester) if body == NOTHING else _of_body(digester, body)


def _of_body(digester: Digester, body: str) -> bytes:
    return digester.of_request("body", body)[:FINGERPRINT_BYTES]


# Most of a crowd sends no body. A process has one digester.
@lru_cache(maxsize=1)
def _of_nothing(digester: Digester) -> bytes:
    return _of_body(digester, NOTHING)


def keyed_by_content(request: Request, rooms: Rooms, content_digest: str) -> KeyedRequest:
    """For a body that is no JSON, on a route that requires a key: what it held stands for it."""
    return _keyed(request, rooms, content_digest)


def _path(request: Request) -> str:
    """With its ids in their one spelling: in capitals or braces they name the same object."""
    path: str = request.scope["path"]
    for text in request.path_params.values():
        if usual_id(text) is None:
            with suppress(ValueError):
                path = path.replace(text, str(UUID(text)))
    return path


def _canonical(body: bytes) -> str:
    # Where the route takes no body nobody has parsed it yet, and it may be anything.
    if not body:
        return NOTHING
    try:
        parsed = json.loads(body)
        return json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    except json.JSONDecodeError as error:
        raise BodyMalformed(errors=(broken_json(error.doc, error.pos),)) from error
    except (ValueError, RecursionError) as error:
        raise BodyMalformed() from error


async def _once(request: Request, rooms: R) -> Once:
    return Once(await _keyed_request(request, rooms), rooms.digester, rooms.sealer)


async def _required_key(request: Request, rooms: R) -> KeyedRequest:
    keyed = await _keyed_request(request, rooms)
    assert keyed is not None, "the route declares key=CLAIM_KEY"
    return keyed


OnceKey = Annotated[Once, Depends(_once)]
ClaimKey = Annotated[KeyedRequest, Depends(_required_key)]
