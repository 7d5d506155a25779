"""`kill -9` in the middle of a rush, of everything in turn.

Whoever was told yes has it, nothing is lost, nothing is given twice, and the
service comes back by itself.
"""

import asyncio

import pytest

from tests.faults import faults
from tests.faults.aftermath import Bystanders, assert_books
from tests.faults.callers import BUSY, LOST, Callers, Heard, callers
from tests.faults.claims import ClaimRush
from tests.faults.faults import Fault
from tests.faults.redemptions import RedemptionRush
from tests.faults.rig import Rig

pytestmark = pytest.mark.anyio

Rush = ClaimRush | RedemptionRush

FAULTS = (
    faults.one_of_two_processes,
    faults.all_processes,
    faults.redis,
    faults.postgres,
    faults.frozen_postgres,
)
# Promised: four. A machine that does other things as well may be late; what waits for a lost
# server without a limit of its own would wait for as long as the outage lasts, and fail here.
ANSWERED_S = 8.0
RESUMED_S = 10.0


async def play(rig: Rig, kind: type[Rush], fault: Fault) -> None:
    async with rig.factory() as make:
        rush, bystanders = await kind.prepare(make), await Bystanders.prepare(make)
    await rig.service.start()
    async with callers(rig.service.urls) as crowd:
        heard = await strike(rig, rush, fault, crowd)
        assert set(heard.attempts) <= rush.told | {LOST, BUSY}, heard.attempts
        assert heard.longest_s < ANSWERED_S
        async with rig.factory() as make:
            await rush.assert_kept(make.rooms, crowd)
            await bystanders.assert_all_well(rig)
            await assert_books(rig, make)


async def strike(rig: Rig, rush: Rush, fault: Fault, crowd: Callers) -> Heard:
    """Let the fault strike in the middle of the load; both come to their ends."""
    async with asyncio.TaskGroup() as group:
        load = group.create_task(rush.load(crowd))
        await crowd.heard.until_yes(rush.strikes_at)
        back_at = await fault(rig, crowd.heard)
        assert not load.done(), "the rush was over before the fault"
    assert crowd.heard.resumed_s(back_at) < RESUMED_S
    return crowd.heard


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.__name__))
async def test_every_promised_voucher_survives_the_end_of(rig: Rig, fault: Fault) -> None:
    await play(rig, ClaimRush, fault)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.__name__))
async def test_every_confirmed_breakfast_survives_the_end_of(rig: Rig, fault: Fault) -> None:
    await play(rig, RedemptionRush, fault)
