"""When a device called last, to the minute, at the price of a look into a dictionary a call.

The guard notes who was admitted. What is news goes to the books a moment later,
in one statement for all devices, from a task of its own that no caller waits for.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text

from app.platform.clock import Clock
from app.platform.db import Sessions

# As precise as `last_seen_at` is: a device is written once in so much campaign time.
SEEN_EVERY = timedelta(minutes=1)
# How long notes gather, in seconds of real time.
GATHER_S = 2.0

# Rows are locked in one order, so that processes do not wait for each other in a circle.
# An older note does not undo a newer one, unless campaign time was set back meanwhile.
_WRITE = text("""
    WITH due AS (
        SELECT device.id, noted.at
        FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS noted (id, at)
        JOIN store_device AS device ON device.id = noted.id
        WHERE device.last_seen_at IS NULL OR device.last_seen_at < noted.at
           OR device.last_seen_at > (SELECT campaign_now())
        ORDER BY device.id
        FOR NO KEY UPDATE OF device
    )
    UPDATE store_device SET last_seen_at = due.at FROM due WHERE store_device.id = due.id
""")

log = structlog.get_logger(__name__)


def is_due(seen_at: datetime | None, now: datetime) -> bool:
    """Whether being seen now is worth writing. Campaign time may have been set back."""
    return seen_at is None or abs(now - seen_at) >= SEEN_EVERY


class Seen:
    """One a process."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        # Every device that ever called here: a few thousand ids weigh nothing.
        self._last: dict[UUID, datetime] = {}
        self._waiting: dict[UUID, datetime] = {}
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def note(self, device_id: UUID) -> None:
        """The device has just called. Waits for nothing."""
        now = self._clock.now()
        if not is_due(self._last.get(device_id), now):
            return
        self._last[device_id] = self._waiting[device_id] = now
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
                await session.execute(_WRITE, {"ids": list(noted), "times": list(noted.values())})
        except Exception as error:  # noqa: BLE001 - nobody's call fails by it
            # Their next calls are news again.
            for device_id in noted:
                self._last.pop(device_id, None)
            log.warning("seen_lost", devices=len(noted), error=type(error).__name__)
