"""Something dies, hangs or is full, while a process stands at the worst moment for it.

Whoever was told yes has it, no unit is lost or given twice, nobody waits longer than was
promised, and the service comes back by itself.
"""

import asyncio
from collections.abc import Callable

import pytest

from tests.faults import faults, matrix
from tests.faults.matrix import Cell
from tests.faults.playing import play
from tests.faults.rig import Servers
from tests.faults.standing import Standing

pytestmark = pytest.mark.anyio


async def test_promises_are_kept_when(
    cell: Cell,
    servers: Servers,
    standing: Standing,
    record_property: Callable[[str, object], None],
) -> None:
    record_property(matrix.CELL, str(cell))
    if cell.fault is faults.DISK_FULL and servers.disk.missing:
        pytest.skip(servers.disk.missing)
    await asyncio.to_thread(servers.revive)
    heard = await play(standing.rig(by_wire=cell.fault.by_wire), cell)
    record_property(matrix.LONGEST, heard.longest_s)
