"""Seals what was committed, range by range, behind everybody's back: no writer waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import func, select

from app.platform.db import Sessions

# A range at most; a full one means that more is waiting.
MOST_A_RANGE = 2_000
# How long a row stands unsealed at most while a worker is well, in seconds of real time.
PERIOD_S = 2.0

log = structlog.get_logger(__name__)


async def seal_closed_rows(sessions: Sessions) -> int:
    """Seal what is committed and not sealed yet, a transaction a range; answers how many rows.

    Any number of processes may call it at once: one of them does it, the others answer 0.
    """
    sealed = 0
    while True:
        async with sessions.begin() as session:
            rows = await session.scalar(select(func.ledger_seal_rows(MOST_A_RANGE))) or 0
        sealed += rows
        if rows < MOST_A_RANGE:
            return sealed


@asynccontextmanager
async def sealing(sessions: Sessions) -> AsyncIterator[None]:
    """Seal every few seconds while this is open, and once more when it closes.

    No job of the outbox, which would leave a row a round, and stand still while campaign time
    is set back.
    """
    closing = asyncio.Event()
    rounds = asyncio.create_task(_seal_until(closing, sessions))
    try:
        yield
    finally:
        closing.set()
        await rounds


async def _seal_until(closing: asyncio.Event, sessions: Sessions) -> None:
    while not closing.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(PERIOD_S):
                await closing.wait()
        try:
            await seal_closed_rows(sessions)
        except Exception as error:  # noqa: BLE001 - the rows wait, the next round is soon
            log.warning("ledger_not_sealed", error=type(error).__name__)
