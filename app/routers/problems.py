"""The one place where a no becomes a problem document (RFC 9457)."""

import json
from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from app.platform.errors import (
    REGISTRY,
    BodyMalformed,
    BodyTooLarge,
    Forbidden,
    InputInvalid,
    InternalError,
    MethodNotAllowed,
    NotFound,
    Refusal,
)
from app.routers.asked import location_of
from app.routers.headers import header
from app.routers.invalid import body_error, field_error
from app.routers.language import Language, negotiate, say, spoken_headers
from app.shared.idempotency import AlreadyAnswered

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

_ID_GOES_HERE = "{request_id}"
_BY_STATUS: dict[int, type[Refusal]] = {
    400: BodyMalformed,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
}


def problem_response(request: Request, refusal: Refusal) -> Response:
    """The document in the caller's language, with the refusal's facts and headers."""
    language = negotiate(header(request.scope, b"accept-language"))
    request_id: str = request.scope.get("request_id", "")
    request.scope["refusal_code"] = refusal.code
    if refusal.facts or refusal.errors:
        body = _document(refusal, language, request_id)
    else:
        before, after = _plain_document(refusal.code, language)
        # Of letters and digits alone (`observe.py`), so it is its own JSON.
        body = b"%b%b%b" % (before, request_id.encode(), after)
    response = Response(body, refusal.status, media_type=MEDIA_TYPE)
    response.raw_headers += _spoken(language)
    if refusal.headers:
        response.headers.update(refusal.headers)
    return response


@cache
def _spoken(language: Language) -> list[tuple[bytes, bytes]]:
    said = spoken_headers(language).items()
    return [(name.lower().encode(), value.encode()) for name, value in said]


def _document(refusal: Refusal | type[Refusal], language: Language, request_id: str) -> bytes:
    facts, errors = (refusal.facts, refusal.errors) if isinstance(refusal, Refusal) else ({}, ())
    document: dict[str, Any] = {
        "type": f"/problems/{refusal.code}",
        "title": say(refusal.title, language),
        "status": refusal.status,
        "detail": say(refusal.detail, language, facts),
        "code": refusal.code,
        "request_id": request_id,
        **facts,
    }
    if errors:
        document["errors"] = [
            {"pointer": error.pointer, "detail": say(error.detail, language), "code": error.code}
            for error in errors
        ]
    try:
        return to_json(document)
    except ValueError:
        # A caller's half of a surrogate pair may stand in a pointer; it becomes its JSON escape.
        return json.dumps(document, ensure_ascii=False).encode(errors="backslashreplace")


@cache
def _plain_document(code: str, language: Language) -> tuple[bytes, bytes]:
    """A refusal without facts, as a crowd hears it: all before and after the request's id."""
    whole = _document(REGISTRY[code], language, _ID_GOES_HERE)
    before, _, after = whole.partition(_ID_GOES_HERE.encode())
    return before, after


async def on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem_response(request, error)


async def on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    unreadable = body_error(error)
    if unreadable is not None:
        return problem_response(request, BodyMalformed(errors=(unreadable,)))
    errors = tuple(field_error(item) for item in error.errors())
    return problem_response(request, InputInvalid(errors=errors))


async def on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        return Response(HTTPStatus(error.status_code).phrase, error.status_code, error.headers)
    headers = dict(error.headers or {})
    if kind is MethodNotAllowed:
        headers["Allow"] = _methods(request)
    return problem_response(request, kind(headers=headers))


def _methods(request: Request) -> str:
    """What the path does know. The framework names the methods of one route of several."""
    path, contexts = request.url.path, iter_route_contexts(request.app.routes)
    fitting = (each for each in contexts if each.path_regex and each.path_regex.match(path))
    return ", ".join(sorted({method for each in fitting for method in each.methods or ()}))


async def on_repeat(request: Request, error: Exception) -> Response:
    assert isinstance(error, AlreadyAnswered)
    request.scope["is_repeat"] = True
    headers = {"Idempotent-Replayed": "true"}
    if error.status == HTTPStatus.ACCEPTED:
        headers["Location"] = location_of(error.body, request.url.path)
    return Response(error.body, error.status, headers, "application/json")


async def on_bug(request: Request, error: Exception) -> Response:
    log.error("bug", request_id=request.scope.get("request_id"), exc_info=error)
    return problem_response(request, InternalError())


# What is raised on the way to an answer and is one itself; all else is a bug.
ANSWERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    Refusal: on_refusal,
    RequestValidationError: on_invalid,
    HTTPException: on_http_exception,
    AlreadyAnswered: on_repeat,
}
RAISED = tuple(ANSWERS)


async def answer_raised(request: Request, raised: Exception) -> Response:
    """The answer that one of `RAISED` stands for."""
    # What a crowd hears.
    if isinstance(raised, Refusal):
        return problem_response(request, raised)
    kind = next(kind for kind in RAISED if isinstance(raised, kind))
    return await ANSWERS[kind](request, raised)


def install(app: FastAPI) -> None:
    """Register the handlers; nothing else in the service makes an error body."""
    for kind, on_raised in ANSWERS.items():
        app.add_exception_handler(kind, on_raised)
    app.add_exception_handler(Exception, on_bug)
