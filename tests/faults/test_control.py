"""The controls of this folder: with a guard off, a cell of the matrix must fail.

Were one of these not noticed, the matrix would prove nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.embedded.postgres import NAME
from app.platform.fault_points import Point
from tests.faults import faults
from tests.faults.callers import callers
from tests.faults.matrix import Cell
from tests.faults.playing import play, strike
from tests.faults.rig import Rig
from tests.faults.standing import Standing

pytestmark = pytest.mark.anyio

# Whoever is connected goes by what was said before.
HANG_UP = f"""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = '{NAME}' AND pid <> pg_backend_pid()"""
# A PostgreSQL that says yes before the disk does. Nothing but the kill decides what is written:
# no writer comes round in time.
LYING = (
    f"ALTER DATABASE {NAME} SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "ALTER SYSTEM SET wal_writer_flush_after = '1GB'",
    "ALTER SYSTEM SET bgwriter_lru_maxpages = 0",
    "SELECT pg_reload_conf()",
    HANG_UP,
)
HONEST = (
    f"ALTER DATABASE {NAME} RESET synchronous_commit",
    "ALTER SYSTEM RESET ALL",
    "SELECT pg_reload_conf()",
    HANG_UP,
)


@pytest.mark.parametrize(
    ("point", "complaint"),
    [
        (Point.AFTER_COMMIT, "a voucher that was promised has no row"),
        (Point.IN_REDEMPTION, "a redemption that was confirmed has no row"),
    ],
)
async def test_a_promise_that_a_crash_undid_is_noticed(
    standing: Standing, point: Point, complaint: str
) -> None:
    cell, rig = Cell(faults.POSTGRES_KILLED, point), standing.rig()
    async with rig.factory() as make:
        rush = await cell.rush.prepare(make)
    await rig.service.start_missing()
    async with _lying_postgres(rig), callers(rig.service.urls) as crowd:
        await strike(rig, rush, cell, crowd)
        async with rig.factory() as make:
            with pytest.raises(AssertionError, match=complaint):
                await rush.assert_kept(make.rooms, crowd)


async def test_a_unit_that_its_caller_cannot_ask_for_again_is_noticed(
    standing: Standing,
) -> None:
    """The guard is the claim's id, by which a repeat is known: here repeats have other keys."""
    cell = Cell(faults.ONE_OF_TWO, Point.AFTER_COMMIT)
    with pytest.raises(AssertionError, match=r"a unit was lost|answered otherwise"):
        await play(standing.rig(), cell, forgets_keys=True)


@asynccontextmanager
async def _lying_postgres(rig: Rig) -> AsyncIterator[None]:
    await asyncio.to_thread(rig.postgres.execute, *LYING)
    try:
        yield
    finally:
        await asyncio.to_thread(rig.servers.revive)
        await asyncio.to_thread(rig.postgres.execute, *HONEST)
