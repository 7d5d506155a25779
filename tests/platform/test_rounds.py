import asyncio
from itertools import count

import pytest
from structlog.testing import capture_logs

from app.platform.rounds import in_rounds

pytestmark = pytest.mark.anyio

NEVER_S = 3_600.0


async def test_a_round_follows_the_other_also_when_one_failed() -> None:
    begun, third = count(1), asyncio.Event()

    async def work() -> None:
        match next(begun):
            case 1:
                raise ConnectionResetError
            case 3:
                third.set()

    with capture_logs() as logs:
        async with asyncio.timeout(20), in_rounds(work, 0.001, failed="not_done"):
            await third.wait()
    assert [(each["event"], each["error"]) for each in logs] == [
        ("not_done", "ConnectionResetError")
    ]


async def test_what_came_while_the_last_round_was_under_way_has_one_of_its_own() -> None:
    """Otherwise it would wait until the next process begins."""
    waiting, done = ["first"], list[str]()
    looked, may_end = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        done.extend(waiting)
        waiting.clear()
        looked.set()
        await may_end.wait()

    async with asyncio.timeout(20), in_rounds(work, 0.001, failed="not_done"):
        await looked.wait()
        waiting.append("late")
        # At the loop's next turn, when the rounds have been told to close.
        asyncio.get_running_loop().call_soon(may_end.set)
    assert done == ["first", "late"]


async def test_closing_does_not_wait_for_the_period() -> None:
    rounds = count()

    async def work() -> None:
        next(rounds)

    async with asyncio.timeout(20), in_rounds(work, NEVER_S, failed="not_done"):
        pass
    assert next(rounds) == 1
