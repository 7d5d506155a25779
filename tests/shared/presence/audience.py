"""Something to watch that is no pack's, the processes that count it, and members who watch."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy import select, text, update

from app.models.campaign import Campaign
from app.models.presence import PresenceFigure
from app.platform.ids import new_id
from app.platform.redis import create_redis
from app.routers.rooms import Rooms
from app.shared.presence import Figures, Presence, Watched
from tests.factories import Factory

KIND = "test.edition"
# Editions have a start and an end, and are in the books of every deployment.
EDITIONS = Watched(
    KIND,
    select(
        Campaign.id,
        Campaign.starts_at.label("live_from"),
        Campaign.ends_at.label("live_to"),
    ),
)
HOUR = timedelta(hours=1)


@dataclass
class Audience:
    """One subject, live for an hour, and one process that hears beacons."""

    make: Factory
    presence: Presence
    subject_id: UUID
    live_from: datetime
    live_to: datetime

    @property
    def rooms(self) -> Rooms:
        return self.make.rooms

    @property
    def redis(self) -> Redis:
        return self.rooms.redis

    async def hear(self, *members: UUID, by: Presence | None = None) -> list[int]:
        """A beacon of each, one after the other; the answers."""
        presence = by or self.presence
        return [await presence.hear(KIND, self.subject_id, member) for member in members]

    async def figures(self, by: Presence | None = None) -> Figures:
        return await (by or self.presence).figures(KIND, self.subject_id)

    async def kept(self) -> PresenceFigure:
        """The row of the books."""
        async with self.rooms.sessions() as session:
            row = await session.get(PresenceFigure, (KIND, self.subject_id))
        assert row is not None
        return row

    async def later(self, by: timedelta) -> None:
        await self.make.move_clock(by)

    async def until_end(self) -> None:
        await self.later(self.live_to - self.rooms.clock.now())

    async def move_end(self, live_to: datetime) -> None:
        async with self.rooms.sessions.begin() as session:
            await session.execute(
                update(Campaign).where(Campaign.id == self.subject_id).values(ends_at=live_to)
            )
        self.live_to = live_to

    async def gaps(self) -> int:
        """How many the books have."""
        async with self.rooms.sessions() as session:
            return await session.scalar(text("SELECT count(*) FROM presence_gap")) or 0


def process(rooms: Rooms, redis: Redis | None = None) -> Presence:
    """The room as one process has it."""
    return Presence(redis or rooms.redis, rooms.sessions, rooms.clock, [EDITIONS])


@asynccontextmanager
async def process_by(rooms: Rooms, redis_url: str) -> AsyncIterator[Presence]:
    """A process that reaches Redis at that address."""
    redis = create_redis(rooms.settings.model_copy(update={"redis_url": redis_url}))
    presence = process(rooms, redis)
    try:
        yield presence
    finally:
        await presence.drain()
        await redis.aclose()


async def audience(make: Factory, *, starts_in: timedelta = -timedelta(minutes=1)) -> Audience:
    now = make.rooms.clock.now()
    live_from = now + starts_in
    edition = Campaign(
        id=new_id(),
        name="直播",
        name_en="Live",
        starts_at=live_from,
        ends_at=live_from + HOUR,
    )
    async with make.rooms.sessions.begin() as session:
        session.add(edition)
    return Audience(make, process(make.rooms), edition.id, live_from, live_from + HOUR)


Watch = Callable[..., Awaitable[Audience]]


# Redis counts distinct members by a sketch, in which two of them now and then look like one: these
# are the same in every run of a test, so that a test that is right once is right always.
NUMBERS = Random()


def members(number: int) -> list[UUID]:
    """Others than any before in this test."""
    return [UUID(int=NUMBERS.getrandbits(128)) for _ in range(number)]
