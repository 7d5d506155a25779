"""The outermost layer: request ids, one log line and two metrics a request.

Plain ASGI, because a framework middleware costs a third of the throughput.
"""

import re
import time
from functools import cache
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.ids import new_id
from app.platform.telemetry import DURATION, REQUESTS
from app.routers.rate_limit import LIMIT_HEADERS

# What a caller may suggest: enough for any tracing id, nothing that could break a log line.
_ACCEPTABLE = re.compile(rb"[A-Za-z0-9_.:-]{8,64}")

# Asked every few seconds by whoever watches; only their bad news is worth a line.
PROBES = {"/healthz", "/readyz", "/metrics"}

log = structlog.get_logger("request")


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
def _answered(method: str, template: str, status: int, code: str) -> Counter:
    return REQUESTS.labels(method, template, str(status), code)


@cache
def _took(method: str, template: str) -> Histogram:
    return DURATION.labels(method, template)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTABLE.fullmatch(value):
            return str(value.decode())
    return str(new_id())


def _record(scope: Scope, status: int, seconds: float) -> None:
    # The template, not the path: paths hold ids and would make a metric a request.
    route: Any = scope.get("route")
    template = getattr(route, "path", "unmatched")
    method, code = scope["method"], scope.get("refusal_code", "")
    _answered(method, template, status, code).inc()
    _took(method, template).observe(seconds)
    if template in PROBES and status == 200:
        return
    log.info(
        "answered",
        request_id=scope["request_id"],
        method=method,
        route=template,
        status=status,
        code=code,
        ms=round(seconds * 1000, 1),
    )
