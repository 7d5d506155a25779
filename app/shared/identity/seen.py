"""When a device, or a sign-in of staff, called last: to the minute, at the price of a look
into a dictionary a call.

The guard notes who was admitted. What is news goes to the books a moment later,
in one statement for all of them, from a task of its own that no caller waits for.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import TextClause, text

from app.platform.clock import Clock
from app.platform.db import Sessions

# As precise as `last_seen_at` is: a device is written once in so much campaign time.
SEEN_EVERY = timedelta(minutes=1)
# How long notes gather, in seconds of real time.
GATHER_S = 2.0

log = structlog.get_logger(__name__)


def _writing_to(table: str) -> TextClause:
    """Rows are locked in one order, so that processes do not wait for each other in a circle.
    An older note does not undo a newer one, unless campaign time was set back meanwhile."""
    return text(f"""
        WITH due AS (
            SELECT seen.id, noted.at
            FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS noted (id, at)
            JOIN {table} AS seen ON seen.id = noted.id
            WHERE seen.last_seen_at IS NULL OR seen.last_seen_at < noted.at
               OR seen.last_seen_at > (SELECT campaign_now())
            ORDER BY seen.id
            FOR NO KEY UPDATE OF seen
        )
        UPDATE {table} SET last_seen_at = due.at FROM due WHERE {table}.id = due.id
    """)  # noqa: S608 - the two names below


DEVICES, STAFF_SESSIONS = _writing_to("store_device"), _writing_to("staff_session")


def is_due(seen_at: datetime | None, now: datetime) -> bool:
    """Whether being seen now is worth writing. Campaign time may have been set back."""
    return seen_at is None or abs(now - seen_at) >= SEEN_EVERY


class Seen:
    """One a process and table: `DEVICES` or `STAFF_SESSIONS`."""

    def __init__(self, sessions: Sessions, clock: Clock, write: TextClause = DEVICES) -> None:
        self._sessions = sessions
        self._clock = clock
        self._statement = write
        # Everybody who ever called here: a few thousand ids weigh nothing.
        self._last: dict[UUID, datetime] = {}
        self._waiting: dict[UUID, datetime] = {}
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def note(self, caller_id: UUID) -> None:
        """It has just called. Waits for nothing."""
        now = self._clock.now()
        if not is_due(self._last.get(caller_id), now):
            return
        self._last[caller_id] = self._waiting[caller_id] = now
        if self._writing is None:
            self._writing = asyncio.create_task(self._run())

    async def drain(self) -> None:
        """Write what was noted so far, without gathering more (shutdown)."""
        while self._writing is not None:
            self._hurry.set()
            await asyncio.shield(self._writing)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                await self._write()
        finally:
            self._writing = None
            self._hurry.clear()

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(GATHER_S):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _write(self) -> None:
        noted, self._waiting = self._waiting, {}
        try:
            async with self._sessions.begin() as session:
                values = {"ids": list(noted), "times": list(noted.values())}
                await session.execute(self._statement, values)
        except Exception as error:  # noqa: BLE001 - nobody's call fails by it
            # Their next calls are news again.
            for caller_id in noted:
                self._last.pop(caller_id, None)
            log.warning("seen_lost", callers=len(noted), error=type(error).__name__)
