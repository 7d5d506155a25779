"""PostgreSQL is away: every operation says "not now", whatever was asked and by whom.

Nothing is guessed, nothing breaks, and what a process knows by itself it still answers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import cycle

import httpx
import pytest

from app.models.states import Role
from tests.calls import callers, good_calls
from tests.factories import auth
from tests.faults.rig import Rig
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

Outage = Callable[[Rig], AbstractAsyncContextManager[None]]
WAIT_S = 30.0
# Nobody has more in hand at once than one caller may (`AT_ONCE`).
EVERYBODY = 4
# What a process knows by itself: signatures that are none of ours, and how to sign.
NEEDS_NO_BOOKS = {
    "POST /v1/payments/wechat/notifications": 401,
    "GET /v1/admin/report/page": 404,
}


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


@asynccontextmanager
async def linked(client: httpx.AsyncClient, staff: dict[str, str]) -> AsyncIterator[str]:
    """The report's page by a good link, made while the books were there."""
    yield str((await client.get("/v1/admin/report/link", headers=staff)).json()["url"])


@pytest.mark.parametrize("outage", [dead, frozen], ids=lambda outage: str(outage.__name__))
async def test_without_its_books_every_operation_says_not_now(rig: Rig, outage: Outage) -> None:
    async with rig.factory() as make:
        await make.campaign()
        everybody = [await callers(make) for _ in range(EVERYBODY)]
        reader = auth(await make.staff(Role.FINANCE))
    await rig.service.start(0)
    calls = good_calls()
    async with (
        httpx.AsyncClient(
            base_url=rig.service.url(0), timeout=WAIT_S, event_hooks=NOTING
        ) as client,
        linked(client, reader) as page,
        outage(rig),
    ):
        answers = await asyncio.gather(
            *(
                call.send(client, headers[call.route.access.audience])
                for call, headers in zip(calls, cycle(everybody), strict=False)
            )
        )
        shut = await client.get(page)
    wrong = {}
    for call, answer in zip(calls, answers, strict=True):
        if call.name in NEEDS_NO_BOOKS:
            right = answer.status_code == NEEDS_NO_BOOKS[call.name]
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
    assert (shut.status_code, shut.json()["code"]) == (503, "temporarily_unavailable"), "signed"
    assert not rig.service.complaints()
