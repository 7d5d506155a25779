"""How many requests a process has in hand, and who is turned away when that is enough.

A process that takes on whatever comes answers nobody in time. So the newest hears "not now"
(503, or 429 where the caller alone has so much in hand), at once, before anything is done for
it, and when to ask again: not everybody in the same second. Plain ASGI and the outermost layer,
so that turning away costs a counter and an answer. docs/adr/0040-shedding-load.md.

A place is held while the process works: not while a body is on its way, nor once the answer has
begun. So whoever sends or reads slowly holds none, and no stream does.
"""

from collections.abc import Collection
from functools import cache

import structlog
from fastapi import Request, Response
from prometheus_client import Counter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.errors import QuotaExceeded, Refusal, TemporarilyUnavailable
from app.platform.ids import new_id
from app.platform.telemetry import TURNED_AWAY
from app.routers.headers import headers_of
from app.routers.problems import problem_response
from app.shared.limits import AT_ONCE, AtOncePolicy

log = structlog.get_logger(__name__)


class Load:
    """What a process has in hand. `always`: paths that are answered however much that is."""

    def __init__(self, *, policy: AtOncePolicy = AT_ONCE, always: Collection[str] = ()) -> None:
        self.always = frozenset(always)
        self.policy = policy
        self._in_hand = 0
        self._by_caller: dict[bytes, int] = {}
        self._is_turning_away = False

    @property
    def is_full(self) -> bool:
        return self._in_hand >= self.policy.in_all

    @property
    def is_idle(self) -> bool:
        return not self._in_hand and not self._by_caller

    def take(self, caller: bytes) -> None:
        self._in_hand += 1
        if caller:
            self._by_caller[caller] = self._by_caller.get(caller, 0) + 1

    def leave(self, caller: bytes) -> None:
        self._in_hand -= 1
        if caller:
            left = self._by_caller[caller] - 1
            if left:
                self._by_caller[caller] = left
            else:
                del self._by_caller[caller]
        if self._is_turning_away and self._in_hand < self.policy.in_all // 2:
            self._is_turning_away = False
            log.warning("turning_away_ended")

    def refusal(self, caller: bytes) -> Refusal | None:
        """Its own many requests are not everybody's overload, so they are told apart."""
        if caller and self._by_caller.get(caller, 0) >= self.policy.most:
            return QuotaExceeded(policy=self.policy.name)
        return self.turn_away() if self.is_full else None

    def turn_away(self) -> Refusal:
        """What a full process says to the newest."""
        if not self._is_turning_away:
            self._is_turning_away = True
            log.warning("turning_away", in_hand=self._in_hand)
        return TemporarilyUnavailable()


class Places:
    """The layer itself."""

    def __init__(self, app: ASGIApp, *, load: Load) -> None:
        self._app = app
        self._load = load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        caller = _token(scope)
        refusal = self._load.refusal(caller)
        if refusal is not None and scope["path"] not in self._load.always:
            await turned_away(refusal, scope)(scope, receive, send)
            return
        place = _Place(self._load, caller, receive, send)
        try:
            await self._app(scope, place.receive, place.send)
        finally:
            place.give_up()


class _Place:
    """One request's: held from the start, left while its body is waited for, given up for good
    once its answer begins."""

    __slots__ = ("_caller", "_is_given_up", "_is_held", "_load", "_receive", "_send")

    def __init__(self, load: Load, caller: bytes, receive: Receive, send: Send) -> None:
        self._load, self._caller, self._receive, self._send = load, caller, receive, send
        self._is_held, self._is_given_up = True, False
        load.take(caller)

    async def receive(self) -> Message:
        self._leave()
        message = await self._receive()
        if not self._is_held and not self._is_given_up:
            self._is_held = True
            self._load.take(self._caller)
        return message

    async def send(self, message: Message) -> None:
        self.give_up()
        await self._send(message)

    def give_up(self) -> None:
        if not self._is_given_up:
            self._is_given_up = True
            self._leave()

    def _leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._load.leave(self._caller)


def turned_away(refusal: Refusal, scope: Scope) -> Response:
    """The answer: counted, and with an id to ask about. No line in the log for each of a flood."""
    count_turned_away(refusal)
    return words_of(refusal, scope, str(new_id()))


def count_turned_away(refusal: Refusal) -> None:
    _turned_away(refusal.code).inc()


def words_of(refusal: Refusal, scope: Scope, request_id: str) -> Response:
    """What it is answered with, to a request of that id."""
    scope["request_id"] = request_id
    response = problem_response(Request(scope), refusal)
    response.raw_headers += [
        (b"x-request-id", request_id.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    return response


@cache
def _turned_away(code: str) -> Counter:
    return TURNED_AWAY.labels(code)


# There from the start, so that the first one is a step upwards and not a beginning.
for _refusal in (QuotaExceeded, TemporarilyUnavailable):
    _turned_away(_refusal.code)


def _token(scope: Scope) -> bytes:
    """Unverified: one caller's requests carry one. Without it, `limits` counts by address."""
    return headers_of(scope).get(b"authorization", b"")
