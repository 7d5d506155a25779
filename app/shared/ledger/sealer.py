"""Seals what was committed, range by range, behind everybody's back: no writer waits for it."""

from contextlib import AbstractAsyncContextManager
from functools import partial

from sqlalchemy import func, select

from app.platform.db import Sessions
from app.platform.rounds import in_rounds

# A range at most; a full one means that more is waiting.
MOST_A_RANGE = 2_000
# How long a row stands unsealed at most while a worker is well, in seconds of real time.
PERIOD_S = 2.0


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


def sealing(sessions: Sessions) -> AbstractAsyncContextManager[None]:
    """Seal every few seconds while this is open, and once more when it closes."""
    return in_rounds(partial(seal_closed_rows, sessions), PERIOD_S, failed="ledger_not_sealed")
