"""The control of this folder: a PostgreSQL that says yes before the disk does must be caught.

The same rush and the same kill, on a database that answers a commit before it
has written it. Promises are lost then; if nobody noticed here, the other tests
would prove nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.embedded.postgres import NAME
from tests.faults import faults
from tests.faults.callers import callers
from tests.faults.claims import ClaimRush
from tests.faults.redemptions import RedemptionRush
from tests.faults.rig import Rig
from tests.faults.test_kills import Rush, strike

pytestmark = pytest.mark.anyio

# Nothing but the kill decides what is written: no writer comes round in time.
LYING = (
    f"ALTER DATABASE {NAME} SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "ALTER SYSTEM SET wal_writer_flush_after = '1GB'",
    "ALTER SYSTEM SET bgwriter_lru_maxpages = 0",
    "SELECT pg_reload_conf()",
)
HONEST = (
    f"ALTER DATABASE {NAME} RESET synchronous_commit",
    "ALTER SYSTEM RESET ALL",
    "SELECT pg_reload_conf()",
)


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (ClaimRush, "a voucher that was promised has no row"),
        (RedemptionRush, "a redemption that was confirmed has no row"),
    ],
)
async def test_a_promise_that_a_crash_undid_is_noticed(
    rig: Rig, kind: type[Rush], complaint: str
) -> None:
    async with rig.factory() as make:
        rush = await kind.prepare(make)
    async with _lying_postgres(rig):
        await rig.service.start()
        async with callers(rig.service.urls) as crowd:
            await strike(rig, rush, faults.postgres, crowd)
            async with rig.factory() as make:
                with pytest.raises(AssertionError, match=complaint):
                    await rush.assert_kept(make.rooms, crowd)


@asynccontextmanager
async def _lying_postgres(rig: Rig) -> AsyncIterator[None]:
    await asyncio.to_thread(rig.postgres.execute, *LYING)
    try:
        yield
    finally:
        await asyncio.to_thread(rig.postgres.execute, *HONEST)
