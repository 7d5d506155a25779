"""What a crowd calls at once is answered here, in front of the framework.

A route that declares `front=True` keeps its guard, its endpoint, its refusals and its place in
the documents; only the way to it is short: one match, one call, one answer. Everything else,
and such a route's call with a query, goes on to the framework. docs/adr/0026-the-front.md has
what it saves.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app.routers.direct import Direct
from app.routers.early import refuse_early
from app.routers.guarded_route import GuardedRoute, Handler
from app.routers.problems import RAISED, answer_raised


@dataclass(frozen=True)
class _Way:
    route: GuardedRoute
    answer: Handler


class _Pressed(Request):
    """A body in one piece, as a crowd sends it, is read without the framework's generator."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await self._read()
        return self._body

    async def _read(self) -> bytes:
        pieces, is_last = list[bytes](), False
        while not is_last:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect()
            pieces.append(message.get("body", b""))
            is_last = not message.get("more_body", False)
        return b"".join(pieces)


class Front:
    """Plain ASGI, inside whatever counts, limits and names requests."""

    def __init__(self, app: ASGIApp, routes: Sequence[GuardedRoute]) -> None:
        self._app = app
        self._ways: defaultdict[tuple[str, int], list[_Way]] = defaultdict(list)
        for route in routes:
            if route.access.front:
                way = _Way(route, route.guarded(Direct(route)))
                for method in route.methods or ():
                    self._ways[method, route.path.count("/")].append(way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = self._way(scope) if scope["type"] == "http" else None
        if way is None:
            await self._app(scope, receive, send)
            return
        response = await refuse_early(way.route.access, scope)
        if response is None:
            request = _Pressed(scope, receive, send)
            try:
                response = await way.answer(request)
            except RAISED as raised:
                response = await answer_raised(request, raised)
        await response(scope, receive, send)

    def _way(self, scope: Scope) -> _Way | None:
        """The one that fits, noted in the scope as the framework notes a route; what its path
        names as text, since its own types are judged with all other input."""
        if scope["query_string"]:
            return None
        path: str = scope["path"]
        for way in self._ways.get((scope["method"], path.count("/")), ()):
            found = way.route.path_regex.match(path)
            if found is not None:
                scope["route"], scope["path_params"] = way.route, found.groupdict()
                return way
        return None
