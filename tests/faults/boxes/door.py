"""The service by a test's own door: it dies at the steps of the order's way that the test names.

A step is a moment that can be told from the one before it when all is over: a transaction that has
written and is not committed, the same committed and nobody told, just before the provider is asked
for something, and just after its answer came. Between two of these nothing is left behind, so
whoever is killed anywhere on the way is killed at one of them. Steps are not listed here: they are
met, and each that is met is noted, so that a test notices one that it does not know.

A file of a step's name, laid down by the test, is the wish; the first process that comes there
takes it, and kills itself as `kill -9` would. Nothing in `app` knows this module.
"""

import os
import re
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.main import app as service
from app.shared.payments.wechat import WechatPay

FOLDER = "STEPS_OF_A_TEST"
SEEN = "seen"

# What of the way a request or a job is; whatever else the service does is none of it.
_ORDERS = "/v1/gift-boxes/orders"
REQUESTS = {
    re.compile(_ORDERS): "order",
    re.compile(_ORDERS + "/[^/]+/payments"): "payment",
    re.compile(_ORDERS + "/[^/]+/cancellation"): "cancellation",
    re.compile("/v1/payments/wechat/notifications"): "notification",
    re.compile("/v1/admin/orders/[^/]+/refunds"): "refund",
}
JOBS = {"gift_boxes.lapse", "payments.watch", "payments.refund"}
OF_A_REFUND = re.compile(rb'"event_type": *"REFUND\.')
ASKED_OF_THE_PROVIDER = ("prepay", "query", "close", "refund", "query_refund")
HAS_WRITTEN = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass
class Work:
    """A request, or one attempt at a job, and how many of its transactions have written."""

    name: str
    written: int = 0
    is_over: bool = False


# In the request's context, and not by its task: a session commits in a task of its own.
_REQUEST: ContextVar[Work | None] = ContextVar("request", default=None)
# By the identity of the job's id as the runner has bound it, which it does anew each attempt.
_ATTEMPTS: dict[int, tuple[str, Work]] = {}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The service; its requests that are of the way are known as such."""
    name = _name(scope)
    if name is None:
        await service(scope, receive, send)
        return
    work = Work(name)
    # Nobody resets it: the server has a task, and so a context, for each request.
    _REQUEST.set(work)
    try:
        await service(scope, _looking(receive, work), send)
    finally:
        # What it began and nobody waits for, such as the note that staff were seen, goes on in
        # its context.
        work.is_over = True


def reach(step: str) -> None:
    """The process is there."""
    folder = Path(os.environ[FOLDER])
    with (folder / SEEN).open("a") as seen:
        seen.write(step + "\n")
    try:
        (folder / step).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def install() -> None:
    """Look at every transaction, and at every call of the provider."""
    event.listen(Session, "before_commit", _before_commit)
    event.listen(Session, "after_commit", _after_commit)
    for name in ASKED_OF_THE_PROVIDER:
        setattr(WechatPay, name, _between(name, getattr(WechatPay, name)))


def _name(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    found = (name for path, name in REQUESTS.items() if path.fullmatch(scope["path"]))
    return next(found, None)


def _looking(receive: Receive, work: Work) -> Receive:
    """The word of a refund comes by the same road as that of a payment."""

    async def look() -> MutableMapping[str, Any]:
        message = await receive()
        if OF_A_REFUND.search(message.get("body", b"")):
            work.name = "refund's notification"
        return message

    return look


def _work() -> Work | None:
    bound = structlog.contextvars.get_contextvars()
    if bound.get("job_kind") not in JOBS:
        asked = _REQUEST.get()
        return None if asked is None or asked.is_over else asked
    job_id: str = bound["job_id"]
    return _ATTEMPTS.setdefault(id(job_id), (job_id, Work(bound["job_kind"])))[1]


def _before_commit(session: Session) -> None:
    work = _work()
    if work is None or session.in_nested_transaction():
        return
    if session.execute(HAS_WRITTEN).scalar_one():
        work.written += 1
        session.info[SEEN] = work
        reach(f"{work.name}: in transaction {work.written}")


def _after_commit(session: Session) -> None:
    work = session.info.pop(SEEN, None)
    if work is not None:
        reach(f"{work.name}: after commit {work.written}")


def _between(name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(call)
    async def asked(*given: Any, **named: Any) -> Any:
        work = _work()
        if work is None:
            return await call(*given, **named)
        reach(f"{work.name}: before {name}")
        answer = await call(*given, **named)
        reach(f"{work.name}: after {name}")
        return answer

    return asked
