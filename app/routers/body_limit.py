"""How much a caller may send: counted as it arrives, so that nobody fills the memory.

FastAPI's own limit answers in plain text, and even in place of a 401; this one
ends the reading, and whoever was reading answers as for any other bad body.
"""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULT_BYTES = 1024 * 1024


class BodyLimit:
    """Pure ASGI. The limit is the route's own (`body_limit_bytes` of its declaration)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > _limit(scope):
                raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)


def _limit(scope: Scope) -> int:
    # Known by now: the route is chosen before anything is read.
    access: Any = getattr(scope.get("route"), "access", None)
    return getattr(access, "body_limit_bytes", DEFAULT_BYTES)
