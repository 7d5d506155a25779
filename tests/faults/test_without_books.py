"""PostgreSQL is away: every operation says "not now", whatever was asked and by whom.

Nothing is guessed, nothing breaks, and what a process knows by itself it still answers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from tests.calls import callers, good_calls
from tests.faults.rig import Rig
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

Outage = Callable[[Rig], AbstractAsyncContextManager[None]]
WAIT_S = 30.0
# A stranger is turned away by what the process knows by itself.
KNOWS_BY_SIGNATURE = {"POST /v1/payments/wechat/notifications"}


@asynccontextmanager
async def dead(rig: Rig) -> AsyncIterator[None]:
    """Connections are refused."""
    await asyncio.to_thread(rig.postgres.kill)
    yield


@asynccontextmanager
async def frozen(rig: Rig) -> AsyncIterator[None]:
    """Connections stay open and nothing answers."""
    await asyncio.to_thread(rig.postgres.freeze)
    try:
        yield
    finally:
        rig.postgres.thaw()


@pytest.mark.parametrize("outage", [dead, frozen], ids=lambda outage: str(outage.__name__))
async def test_without_its_books_every_operation_says_not_now(rig: Rig, outage: Outage) -> None:
    async with rig.factory() as make:
        await make.campaign()
        headers = await callers(make)
    await rig.service.start(0)
    calls = good_calls()
    async with (
        httpx.AsyncClient(
            base_url=rig.service.url(0), timeout=WAIT_S, event_hooks=NOTING
        ) as client,
        outage(rig),
    ):
        answers = await asyncio.gather(
            *(call.send(client, headers[call.route.access.audience]) for call in calls)
        )
    wrong = {}
    for call, answer in zip(calls, answers, strict=True):
        if call.name in KNOWS_BY_SIGNATURE:
            right = answer.status_code == 401
        elif not call.lists("temporarily_unavailable"):
            right = answer.status_code == 200
        else:
            right = answer.status_code == 503 and (
                answer.json()["code"] == "temporarily_unavailable"
                and int(answer.headers["Retry-After"]) > 0
            )
        if not right:
            wrong[call.name] = (answer.status_code, answer.text)
    assert wrong == {}
    assert not rig.service.complaints()
