"""Work that a process does every few seconds for as long as it is open, and once more at its end.

No job of the outbox, which would leave a row a round, and stand still while campaign time is
set back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

log = structlog.get_logger(__name__)


@asynccontextmanager
async def in_rounds(
    work: Callable[[], Awaitable[object]], period_s: float, *, failed: str
) -> AsyncIterator[None]:
    """`work` every `period_s` seconds of real time while this is open, and a last time after
    it was told to close. A round that fails is logged as `failed`, and the next goes on."""
    closing = asyncio.Event()
    rounds = asyncio.create_task(_go_round(closing, work, period_s, failed))
    try:
        yield
    finally:
        closing.set()
        await rounds


async def _go_round(
    closing: asyncio.Event, work: Callable[[], Awaitable[object]], period_s: float, failed: str
) -> None:
    is_last = False
    while not is_last:
        with suppress(TimeoutError):
            async with asyncio.timeout(period_s):
                await closing.wait()
        # Before it works: what comes while a round is under way may be too late for that round.
        is_last = closing.is_set()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next round is soon
            log.warning(failed, error=type(error).__name__)
