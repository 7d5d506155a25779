"""The outermost layer: request ids, one log line a request, and its metrics.

Plain ASGI, because a framework middleware costs a third of the throughput.
"""

import re
import time
from functools import cache
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.ids import new_id
from app.platform.telemetry import DURATION, FLOWS, LINES, REQUESTS
from app.routers.flows import flow_of
from app.routers.guarded_route import CLIENT_GONE
from app.routers.headers import headers_of
from app.routers.rate_limit import LIMIT_HEADERS
from app.shared.read_only import ReadOnlyNow

# What a caller may suggest: enough for any tracing id, nothing that could break a log line.
_ACCEPTABLE = re.compile(rb"[A-Za-z0-9_.:-]{8,64}")

_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

# Asked every few seconds by whoever watches; only their bad news is worth a line.
PROBES = {"/healthz", "/readyz", "/metrics"}


class Observe:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(scope)
        began, status = time.perf_counter(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    *scope.get(LIMIT_HEADERS, ()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        finally:
            _record(scope, status, time.perf_counter() - began)


# To look a metric up by its labels costs more than to raise it.
@cache
def _metrics(
    method: str, template: str, status: int, code: str, is_repeat: bool
) -> tuple[Histogram, tuple[Counter, ...]]:
    """How long it took, and those to raise: of all requests, and of the flow if it is one."""
    took = DURATION.labels(method, template)
    counted = REQUESTS.labels(method, template, str(status), code)
    flow = flow_of(method, template)
    if flow is None:
        return took, (counted,)
    return took, (counted, FLOWS.labels(flow, outcome(status, code, is_repeat=is_repeat), code))


def outcome(status: int, code: str, *, is_repeat: bool) -> str:
    """What became of it, for whoever asked. Read-only is somebody's decision and no failure."""
    if status < 300:
        return "repeated" if is_repeat else "granted"
    if status == CLIENT_GONE:
        return "left"
    return "failed" if status >= 500 and code != ReadOnlyNow.code else "refused"


def _request_id(scope: Scope) -> str:
    suggested = headers_of(scope).get(b"x-request-id", b"")
    return suggested.decode() if _ACCEPTABLE.fullmatch(suggested) else str(new_id())


def trace_of(scope: Scope) -> dict[str, str]:
    """The id of the caller's trace (W3C Trace Context), so that its spans and our line meet."""
    found = _TRACEPARENT.fullmatch(headers_of(scope).get(b"traceparent", b""))
    return {} if found is None else {"trace_id": found[1].decode()}


def _record(scope: Scope, status: int, seconds: float) -> None:
    # The template, not the path: paths hold ids and would make a metric a request.
    route: Any = scope.get("route")
    template = getattr(route, "path", "unmatched")
    method, code = scope["method"], scope.get("refusal_code", "")
    took, counters = _metrics(method, template, status, code, "is_repeat" in scope)
    took.observe(seconds)
    for counter in counters:
        counter.inc()
    if not LINES.is_on or (template in PROBES and status == 200):
        return
    LINES.say(
        "answered",
        request_id=scope["request_id"],
        **trace_of(scope),
        method=method,
        route=template,
        status=status,
        code=code,
        ms=round(seconds * 1000, 1),
    )
