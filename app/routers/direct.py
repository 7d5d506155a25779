"""An endpoint called without FastAPI's solver, which costs as much as the endpoint.

What it takes is read off its declaration once, when the service starts: the same parameters,
the same dependencies, the same errors in the same order. FastAPI's own functions judge values.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic_core import PydanticUndefined, from_json
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from app.platform.ids import usual_id
from app.routers.headers import header

JSON = "application/json"


@dataclass(frozen=True)
class _Call:
    """A function and what it takes: names of the request, of the answer's headers, of earlier
    calls' results by their places, and query parameters that were not sent."""

    function: Callable[..., Awaitable[Any]]
    request_as: str | None
    response_as: str | None
    results: Sequence[tuple[str, int]]
    defaults: Mapping[str, Any]

    def arguments(self, request: Request, response: Response, results: list[Any]) -> dict[str, Any]:
        given = dict(self.defaults)
        for name, place in self.results:
            given[name] = results[place]
        if self.request_as is not None:
            given[self.request_as] = request
        if self.response_as is not None:
            given[self.response_as] = response
        return given


class _Noted(Response):
    """What an endpoint that takes the response says of it: headers to add, and a status; 0 is
    none. No answer, so it has none of its own."""

    def __init__(self) -> None:
        self.status_code = 0
        self.raw_headers = []


class Direct:
    """One route's endpoint. Raises `TypeError` if it takes what is not provided for here."""

    def __init__(self, route: APIRoute) -> None:
        self._path_params = route.dependant.path_params
        self._only_ids = all(each.field_info.annotation is UUID for each in self._path_params)
        self._body_params = route.dependant.body_params
        self._header_params = route.dependant.header_params
        self._embed = route._embed_body_fields
        # The usual case: the one body parameter is the whole body.
        is_whole = len(self._body_params) == 1 and not self._embed
        self._whole_body = self._body_params[0] if is_whole else None
        self._status = route.status_code or 200
        self._dump = TypeAdapter(route.response_model).serializer.to_json
        self._calls: list[_Call] = []
        self._places: dict[Any, int] = {}
        self._endpoint = self._call(route.dependant)

    async def __call__(self, request: Request) -> Response:
        """For a request without a query. Raises what FastAPI would."""
        body = await _read_body(request) if self._body_params else None
        response, results = _Noted(), list[Any]()
        for call in self._calls:
            results.append(await call.function(**call.arguments(request, response, results)))
        arguments, errors = self._named(request.path_params)
        if self._header_params:
            headers, wrong = request_params_to_args(self._header_params, request.headers)
            arguments.update(headers)
            errors += wrong
        if self._body_params:
            sent, wrong = await self._sent(body)
            arguments.update(sent)
            errors += wrong
        if errors:
            raise RequestValidationError(errors, body=body)
        arguments.update(self._endpoint.arguments(request, response, results))
        answer = await self._endpoint.function(**arguments)
        if isinstance(answer, Response):
            return answer
        status = response.status_code or self._status
        answered = Response(self._dump(answer, by_alias=True), status, media_type=JSON)
        answered.raw_headers += response.raw_headers
        return answered

    def _named(self, path: Mapping[str, str]) -> tuple[dict[str, Any], list[Any]]:
        """What the path names, and what is wrong with it. Ids as usual need no judge."""
        if self._only_ids:
            ids = {name: usual_id(text) for name, text in path.items()}
            if None not in ids.values():
                return ids, []
        named, errors = dict[str, Any](), list[Any]()
        for param in self._path_params:
            named[param.name], wrong = param.validate(path[param.alias], loc=("path", param.alias))
            errors += wrong
        return named, errors

    async def _sent(self, body: Any) -> tuple[dict[str, Any], list[Any]]:
        """What the body holds, and what is wrong with it."""
        if self._whole_body is not None and isinstance(body, dict):
            sent, wrong = self._whole_body.validate(body, loc=("body",))
            return {self._whole_body.name: sent}, wrong
        return await request_body_to_args(
            body_fields=self._body_params, received_body=body, embed_body_fields=self._embed
        )

    def _plan(self, dependant: Dependant) -> int:
        """The place of its result; each is called once, after what it needs itself."""
        if dependant.call not in self._places:
            if dependant.header_params or dependant.path_params or dependant.body_params:
                raise TypeError(f"{dependant.path}: what is sent is for endpoints themselves")
            call = self._call(dependant)
            self._calls.append(call)
            self._places[dependant.call] = len(self._calls) - 1
        return self._places[dependant.call]

    def _call(self, dependant: Dependant) -> _Call:
        if dependant.call is None or dependant.cookie_params:
            raise TypeError(f"{dependant.path}: cookies are for the framework")
        defaults, missing = request_params_to_args(dependant.query_params, QueryParams())
        if missing:
            raise TypeError(f"{dependant.path}: a query that must be sent is for the framework")
        return _Call(
            dependant.call,
            dependant.request_param_name,
            dependant.response_param_name,
            [(each.name, self._plan(each)) for each in dependant.dependencies if each.name],
            defaults,
        )


def _parsed(body: bytes) -> Any:
    """As Python's own parser has it, which alone says what is wrong."""
    try:
        return from_json(body, cache_strings="keys")
    except ValueError:
        return json.loads(body)


async def _read_body(request: Request) -> Any:
    """JSON if it is declared so, else bytes, which no schema takes; nothing is undefined."""
    body = await request.body()
    declared = header(request.scope, b"content-type").partition(";")[0].strip().lower()
    kind, _, form = declared.partition("/")
    is_json = kind == "application" and (form == "json" or form.endswith("+json"))
    if not is_json or not body:
        return body or PydanticUndefined
    try:
        return _parsed(body)
    except json.JSONDecodeError as error:
        wrong = {
            "type": "json_invalid",
            "loc": ("body", error.pos),
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": error.msg},
        }
        raise RequestValidationError([wrong], body=error.doc) from error
    except Exception as error:
        raise HTTPException(400) from error
