"""The room as the process has it: beacons in, figures out."""

from collections.abc import Callable, Iterable
from uuid import UUID

from redis.asyncio import Redis

from app.platform.clock import Clock
from app.platform.db import Sessions
from app.shared.presence.beacons import Beacons
from app.shared.presence.copying import Copier
from app.shared.presence.figures import Figures, LiveFigures
from app.shared.presence.missed import Missed
from app.shared.presence.streams import Streams
from app.shared.presence.watched import Subject, Watched, Windows, by_kind
from app.shared.presence.wire import Wire


class Presence:
    """One a process. `copier` is for workers, `streams` for figures as they change."""

    def __init__(
        self,
        redis: Redis,
        sessions: Sessions,
        clock: Clock,
        watched: Iterable[Watched],
        *,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        kinds = by_kind(watched)
        wire = Wire(redis, clock)
        self._windows = Windows(sessions, kinds)
        self._missed = Missed(sessions, clock)
        self._beacons = Beacons(wire, self._windows, self._missed, clock)
        self._live = LiveFigures(wire, self._windows, self._missed, sessions, clock)
        self.copier = Copier(wire, sessions, kinds)
        self.streams = Streams(self._live.read, is_stopping)

    async def hear(self, kind: str, subject_id: UUID, member_id: UUID) -> int:
        """A beacon: in how many seconds the next one is wanted. Raises `NotFound`."""
        return await self._beacons.hear(Subject(kind, subject_id), member_id)

    async def figures(self, kind: str, subject_id: UUID) -> Figures:
        """The figures, at most a second old. Raises `NotFound`."""
        return await self._live.read(Subject(kind, subject_id))

    async def drain(self) -> None:
        """Count, keep and answer what is in flight (shutdown)."""
        await self._beacons.drain()
        await self._live.drain()
        await self._windows.drain()
        await self._missed.drain()
