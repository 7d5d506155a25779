"""How many requests a process has in hand, and who is turned away when that is enough.

A process that takes on whatever comes answers nobody in time. So the newest hears "not now"
(503, or 429 where the caller alone has so much in hand), at once, before anything is done for
it, and when to ask again: not everybody in the same second. Who was told to wait for his quota
and does not hears it here, too. Plain ASGI and the outermost layer, so that turning away costs
a counter and an answer. docs/adr/0040-shedding-load.md.

A place is held while the process works: not while a body is on its way, nor once the answer has
begun. So whoever sends or reads slowly holds none, and no stream does.
"""

from collections.abc import Collection

import structlog
from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.errors import QuotaExceeded, Refusal, TemporarilyUnavailable, some_seconds
from app.platform.ids import new_id
from app.platform.telemetry import TURNED_AWAY
from app.routers.problems import problem_response
from app.routers.rate_limit import asked_in, refused_headers, token_in
from app.shared.limits import AT_ONCE, AtOncePolicy, Wait, Waits

log = structlog.get_logger(__name__)


class Load:
    """What a process has in hand. `always`: paths that are answered however much that is.
    `waits`: who was told to wait by those who count requests."""

    def __init__(self, *, policy: AtOncePolicy = AT_ONCE, always: Collection[str] = ()) -> None:
        self.always = frozenset(always)
        self.policy = policy
        self.waits = Waits()
        self._in_hand = 0
        self._by_caller: dict[bytes, int] = {}
        # Callers who have as much in hand as one may.
        self._eager = 0
        self._is_turning_away = False

    @property
    def is_full(self) -> bool:
        return self._in_hand >= self.policy.in_all

    @property
    def is_idle(self) -> bool:
        return not self._in_hand and not self._by_caller and not self._eager

    @property
    def may_refuse(self) -> bool:
        """Whether there is anybody who would be turned away."""
        return self.is_full or self._eager > 0 or self.waits.are_any

    def take(self, caller: bytes) -> None:
        self._in_hand += 1
        if caller:
            has = self._by_caller[caller] = self._by_caller.get(caller, 0) + 1
            if has == self.policy.most:
                self._eager += 1

    def leave(self, caller: bytes) -> None:
        self._in_hand -= 1
        if caller:
            left = self._by_caller[caller] - 1
            if left == self.policy.most - 1:
                self._eager -= 1
            if left:
                self._by_caller[caller] = left
            else:
                del self._by_caller[caller]
        if self._is_turning_away and self._in_hand < self.policy.in_all // 2:
            self._is_turning_away = False
            log.warning("turning_away_ended")

    def wait_of(self, caller: bytes, asked: bytes) -> Wait | None:
        """How long whoever asks for that is to wait; None: he comes in. Its own many requests
        are not everybody's overload, so they are told apart."""
        if caller:
            told = self.waits.of(caller, asked)
            if told is not None:
                return told
            if self._by_caller.get(caller, 0) >= self.policy.most:
                return Wait(1, self.policy.name)
        return self._turn_away() if self.is_full else None

    def _turn_away(self) -> Wait:
        """What a full process says to the newest."""
        if not self._is_turning_away:
            self._is_turning_away = True
            log.warning("turning_away", in_hand=self._in_hand)
        return Wait(some_seconds())


class Places:
    """The layer itself."""

    def __init__(self, app: ASGIApp, *, load: Load) -> None:
        self._app = app
        self._load = load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        load, caller = self._load, token_in(scope)
        if load.may_refuse and scope["path"] not in load.always:
            wait = load.wait_of(caller, asked_in(scope))
            if wait is not None:
                await turned_away(wait, scope)(scope, receive, send)
                return
        place = _Place(load, caller, receive, send)
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


def turned_away(wait: Wait, scope: Scope) -> Response:
    """The answer: counted, and with an id to ask about. No line in the log for each of a flood."""
    count_turned_away(wait)
    return words_of(wait, scope, str(new_id()))


def count_turned_away(wait: Wait) -> None:
    (_FULL if wait.policy is None else _HIS_OWN).inc()


def words_of(wait: Wait, scope: Scope, request_id: str) -> Response:
    """What is answered to a request of that id. Whoever counts requests says the same."""
    scope["request_id"] = request_id
    response = problem_response(Request(scope), _refusal(wait))
    response.raw_headers += [
        (b"x-request-id", request_id.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if wait.policy is not None:
        response.raw_headers += refused_headers(wait.policy, wait.for_s)
    return response


def _refusal(wait: Wait) -> Refusal:
    if wait.policy is None:
        return TemporarilyUnavailable(retry_after_s=wait.for_s)
    return QuotaExceeded(retry_after_s=wait.for_s, policy=wait.policy)


# There from the start, so that the first one is a step upwards and not a beginning.
_FULL = TURNED_AWAY.labels(TemporarilyUnavailable.code)
_HIS_OWN = TURNED_AWAY.labels(QuotaExceeded.code)
