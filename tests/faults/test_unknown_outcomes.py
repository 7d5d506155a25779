"""D17 (haopengmai 1): the process dies between Redis and the database.

There the buyer was told of a success that no row ever backed. Here the caller is
told nothing, or "not now", and the same request again gets the truth.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text

from app.models.breakfast import Voucher
from app.models.stock import StockGroup
from app.platform.redis import create_redis
from tests.factories import Factory, auth
from tests.faults.aftermath import assert_books
from tests.faults.rig import Rig
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

WAIT_S = 20.0
POLL_S = 0.02
ANSWERED_S = 5.0
# A standby that does not exist: a commit is written and then waits for ever to be answered.
HOLD_COMMITS = "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
LET_COMMITS_GO = "ALTER SYSTEM RESET synchronous_standby_names"
RELOAD = "SELECT pg_reload_conf()"


class LastVoucher:
    """A batch of one voucher, and two members who want it."""

    def __init__(self, rig: Rig, make: Factory, batch_id: UUID, tokens: list[str]) -> None:
        self.rig, self.make, self.batch_id, self.tokens = rig, make, batch_id, tokens

    async def claim(self, client: httpx.AsyncClient, place: int, member: int = 0) -> httpx.Response:
        """Always with the same key."""
        return await client.post(
            f"{self.rig.service.url(place)}/v1/breakfast/batches/{self.batch_id}/claims",
            headers=auth(self.tokens[member], "the-one-press"),
        )

    async def rows(self) -> int:
        async with self.make.rooms.sessions() as session:
            return await session.scalar(select(func.count()).select_from(Voucher)) or 0

    async def let_through(self) -> int:
        """How many members the turnstile has let through and not heard of since."""
        redis = create_redis(self.rig.settings)
        try:
            keys = await redis.keys("stock:*:o")
            return sum([await redis.zcard(key) for key in keys])
        finally:
            await redis.aclose()

    async def until_waiting_for(self, event: str) -> None:
        """Until a process of the service waits in the database for that."""
        question = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = :event")
        async with asyncio.timeout(WAIT_S), self.make.rooms.engine.connect() as connection:
            while not await connection.scalar(question, {"event": event}):
                await connection.rollback()
                await asyncio.sleep(POLL_S)

    async def assert_one_truth(self, client: httpx.AsyncClient, first: httpx.Response) -> None:
        """Whichever process is asked: the same voucher for its holder, none for the other."""
        again = await self.claim(client, 1)
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotent-Replayed"] == "true"
        other = await self.claim(client, 1, member=1)
        assert (other.status_code, other.json()["code"]) == (409, "sold_out")
        assert await self.rows() == 1
        await assert_books(self.rig, self.make)


@pytest.fixture
async def last_voucher(rig: Rig) -> AsyncIterator[LastVoucher]:
    async with rig.factory() as make:
        batch = await make.batch(total=1)
        tokens = [make.token(member) for member in await make.members(2)]
        await rig.service.start()
        yield LastVoucher(rig, make, batch.id, tokens)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=WAIT_S, event_hooks=NOTING) as client:
        yield client


async def test_D17_who_was_let_through_when_the_process_died_was_promised_nothing(
    last_voucher: LastVoucher, client: httpx.AsyncClient
) -> None:
    async with _books_locked(last_voucher):
        press = asyncio.create_task(last_voucher.claim(client, 0))
        await last_voucher.until_waiting_for("transactionid")
        assert await last_voucher.let_through() == 1
        last_voucher.rig.service.kill(0)
        with pytest.raises(httpx.TransportError):
            await press
    assert await last_voucher.rows() == 0
    first = await last_voucher.claim(client, 1)
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    await last_voucher.assert_one_truth(client, first)


async def test_D17_a_voucher_committed_before_the_process_died_is_there_for_the_same_key(
    last_voucher: LastVoucher, client: httpx.AsyncClient
) -> None:
    async with _commits_held(last_voucher.rig):
        press = asyncio.create_task(last_voucher.claim(client, 0))
        await last_voucher.until_waiting_for("SyncRep")
        last_voucher.rig.service.kill(0)
        with pytest.raises(httpx.TransportError):
            await press
    first = await last_voucher.claim(client, 1)
    assert (first.status_code, first.headers["Idempotent-Replayed"]) == (201, "true")
    await last_voucher.assert_one_truth(client, first)


async def test_D17_a_commit_of_which_nothing_is_heard_is_told_as_not_now(
    last_voucher: LastVoucher, client: httpx.AsyncClient
) -> None:
    """Nobody dies, and the answer of the database does not come: 503 within four seconds."""
    async with _commits_held(last_voucher.rig), asyncio.timeout(ANSWERED_S):
        unknown = await last_voucher.claim(client, 0)
    assert (unknown.status_code, unknown.json()["code"]) == (503, "temporarily_unavailable")
    assert int(unknown.headers["Retry-After"]) > 0
    first = await last_voucher.claim(client, 1)
    assert (first.status_code, first.headers["Idempotent-Replayed"]) == (201, "true")
    await last_voucher.assert_one_truth(client, first)


@asynccontextmanager
async def _books_locked(last_voucher: LastVoucher) -> AsyncIterator[None]:
    """Meanwhile nobody gets past the first lock of a flush."""
    async with last_voucher.make.rooms.engine.connect() as connection:
        await connection.execute(select(StockGroup.id).with_for_update())
        yield
        await connection.rollback()


@asynccontextmanager
async def _commits_held(rig: Rig) -> AsyncIterator[None]:
    """Meanwhile every commit that writes is carried out and not answered."""
    await asyncio.to_thread(rig.postgres.execute, HOLD_COMMITS, RELOAD)
    try:
        yield
    finally:
        await asyncio.to_thread(rig.postgres.execute, LET_COMMITS_GO, RELOAD)
