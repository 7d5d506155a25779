"""What a crowd calls at once is answered here, in front of the framework.

A route that declares `front=True` keeps its guard, its endpoint, its refusals and its place in
the documents; only the way to it is short: one match, one call, one answer. Everything else,
and such a route's call with a query, goes on to the framework. docs/adr/0026-the-front.md has
what it saves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.routers.direct import Direct
from app.routers.early import refuse_early
from app.routers.guarded_route import GuardedRoute, Handler
from app.routers.problems import RAISED, answer_raised


@dataclass(frozen=True)
class _Way:
    route: GuardedRoute
    method: str
    answer: Handler

    def match(self, scope: Scope) -> dict[str, str] | None:
        """What the path names, as text: its own types are judged with all other input."""
        if scope["method"] != self.method or scope["query_string"]:
            return None
        found = self.route.path_regex.match(scope["path"])
        return None if found is None else found.groupdict()


class Front:
    """Plain ASGI, inside whatever counts, limits and names requests."""

    def __init__(self, app: ASGIApp, routes: Sequence[GuardedRoute]) -> None:
        self._app = app
        self._ways = [
            _Way(route, method, route.guarded(Direct(route)))
            for route in routes
            if route.access.front
            for method in route.methods or ()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = self._way(scope) if scope["type"] == "http" else None
        if way is None:
            await self._app(scope, receive, send)
            return
        response = await refuse_early(way.route.access, scope)
        if response is None:
            request = Request(scope, receive, send)
            try:
                response = await way.answer(request)
            except RAISED as raised:
                response = await answer_raised(request, raised)
        await response(scope, receive, send)

    def _way(self, scope: Scope) -> _Way | None:
        """The one that fits, noted in the scope as the framework notes a route."""
        for way in self._ways:
            named = way.match(scope)
            if named is not None:
                scope["route"], scope["path_params"] = way.route, named
                return way
        return None
