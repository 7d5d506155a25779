"""Figures as they change, for many who look on: one reader a subject, however many they are.

Nobody has a queue. Whoever is slow sees the newest when he is ready for it, and the ones in
between never; so a stream costs a connection and a task, and no memory that grows.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from app.platform.errors import TemporarilyUnavailable
from app.shared.presence.figures import Figures
from app.shared.presence.watched import Subject

# Of one process, all subjects together. Whoever comes later asks again and again instead.
MOST_STREAMS = 1_000
# When somebody who was not let in may try again, in seconds.
RETRY_AFTER_S = 10
# How often the figures are looked at, and whether the process is to stop; in seconds of real
# time.
EVERY_S, TICK_S = 2.0, 0.25

log = structlog.get_logger(__name__)


class StreamsTaken(TemporarilyUnavailable):
    """There are as many as there may be."""

    def __init__(self) -> None:
        super().__init__(retry_after_s=RETRY_AFTER_S)


class Channel:
    """The newest figures of one subject."""

    def __init__(self, first: Figures) -> None:
        self.newest = first
        self.is_closed = False
        self._news = asyncio.Event()
        self.followers = 0
        self.reader: asyncio.Task[None] | None = None

    def publish(self, figures: Figures) -> None:
        self.newest = figures
        self._wake()

    def close(self) -> None:
        """Nothing more will come from here."""
        self.is_closed = True
        self._wake()

    async def after(self, seen: Figures, within_s: float) -> bool:
        """Whether there is something newer than `seen`; waits for it so long at most."""
        news = self._news
        if self.newest is seen and not self.is_closed:
            try:
                async with asyncio.timeout(within_s):
                    await news.wait()
            except TimeoutError:
                return False
        return self.newest is not seen

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


class Streams:
    """One a process. `is_stopping`: whether the process has been told to end."""

    def __init__(
        self, read: Callable[[Subject], Awaitable[Figures]], is_stopping: Callable[[], bool]
    ) -> None:
        self._read = read
        self._is_stopping = is_stopping
        self._channels: dict[Subject, Channel] = {}
        self.followers = 0

    @property
    def is_full(self) -> bool:
        return self.followers >= MOST_STREAMS

    @asynccontextmanager
    async def follow(self, subject: Subject) -> AsyncIterator[Channel]:
        """The subject's channel, as long as the block runs. Raises `NotFound`, `StreamsTaken`."""
        if self.is_full:
            raise StreamsTaken()
        self.followers += 1
        try:
            channel = await self._channel(subject)
            channel.followers += 1
            try:
                yield channel
            finally:
                channel.followers -= 1
                self._leave(subject, channel)
        finally:
            self.followers -= 1

    async def _channel(self, subject: Subject) -> Channel:
        figures = await self._read(subject)
        channel = self._channels.get(subject)
        if channel is None or channel.is_closed:
            channel = self._channels[subject] = Channel(figures)
            channel.reader = asyncio.create_task(self._keep_reading(subject, channel))
        return channel

    def _leave(self, subject: Subject, channel: Channel) -> None:
        if channel.followers == 0 and channel.reader is not None:
            channel.reader.cancel()
            channel.is_closed = True
            if self._channels.get(subject) is channel:
                del self._channels[subject]

    async def _keep_reading(self, subject: Subject, channel: Channel) -> None:
        while not self._is_stopping() and not channel.newest.final:
            await self._pause()
            try:
                figures = await self._read(subject)
            except Exception as error:  # noqa: BLE001 - those who look on see the last ones
                log.warning("presence_not_read", error=type(error).__name__)
                continue
            if not figures.says_the_same(channel.newest):
                channel.publish(figures)
        channel.close()

    async def _pause(self) -> None:
        until = time.monotonic() + EVERY_S
        while (left := until - time.monotonic()) > 0 and not self._is_stopping():  # noqa: ASYNC110
            await asyncio.sleep(min(left, TICK_S))
