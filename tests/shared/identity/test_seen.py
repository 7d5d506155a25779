"""When a device called last: to the minute, together, and at no caller's cost."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.models.identity import StoreDevice
from app.routers.rooms import Rooms
from app.shared.identity.owners import Owner
from app.shared.identity.seen import SEEN_EVERY, Seen
from tests.factories import Factory
from tests.shared.identity.clients import Clients
from tests.tills import Counter

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def last_seen(rooms: Rooms, device_id: UUID) -> datetime | None:
    async with rooms.sessions() as session:
        return await session.scalar(
            select(StoreDevice.last_seen_at).where(StoreDevice.id == device_id)
        )


async def call(rooms: Rooms, *device_ids: UUID) -> None:
    for device_id in device_ids:
        rooms.seen.note(device_id)
    await rooms.seen.drain()


async def test_a_device_that_never_came_back_was_never_seen(
    clients: Clients, make: Factory
) -> None:
    owner = Owner(store_id=await make.store())
    await clients.come_in((await clients.code(owner)).onboarding_code)
    (device,) = await clients.devices(owner)
    assert device.last_seen_at is None


async def test_a_token_counts_as_being_seen_once_a_minute(clients: Clients, make: Factory) -> None:
    owner = Owner(store_id=await make.store())
    client = await clients.connected(owner)

    async def seen_after(wait: timedelta) -> datetime | None:
        await make.move_clock(wait)
        await clients.fetch(client.client_id, client.client_secret)
        return (await clients.devices(owner))[0].last_seen_at

    first = await seen_after(timedelta())
    assert await seen_after(SEEN_EVERY / 2) == first
    assert await seen_after(SEEN_EVERY / 2 + SECOND) != first


async def test_the_last_call_is_known_to_the_minute(
    rooms: Rooms, counter: Counter, make: Factory
) -> None:
    till = await counter.till()
    for _ in range(5):
        await make.move_clock(SEEN_EVERY / 2)
        before = rooms.clock.now()
        await call(rooms, till.device_id)
        seen = await last_seen(rooms, till.device_id)
        assert seen is not None
        assert before - SEEN_EVERY < seen <= rooms.clock.now()


async def test_a_thousand_calls_of_ten_devices_are_one_statement(
    rooms: Rooms, counter: Counter
) -> None:
    store_id = (await counter.till()).store_id
    device_ids = [(await counter.till(store_id)).device_id for _ in range(10)]
    async with counter.statements() as sent:
        await call(rooms, *(device_ids * 100))
        assert len(sent) == 1
        await call(rooms, *device_ids)
    assert len(sent) == 1
    assert all([await last_seen(rooms, device_id) for device_id in device_ids])


async def test_no_caller_waits_for_the_books(rooms: Rooms, counter: Counter) -> None:
    till = await counter.till()
    async with counter.statements() as sent:
        rooms.seen.note(till.device_id)
    assert sent == []
    await rooms.seen.drain()
    assert await last_seen(rooms, till.device_id)


async def test_an_older_note_does_not_undo_a_newer_one(
    rooms: Rooms, counter: Counter, make: Factory
) -> None:
    till, slow = await counter.till(), Seen(rooms.sessions, rooms.clock)
    slow.note(till.device_id)
    await make.move_clock(2 * SEEN_EVERY)
    await call(rooms, till.device_id)
    newer = await last_seen(rooms, till.device_id)
    await slow.drain()
    assert await last_seen(rooms, till.device_id) == newer


async def test_campaign_time_that_is_set_back_is_followed(
    rooms: Rooms, counter: Counter, make: Factory
) -> None:
    till = await counter.till()
    await make.move_clock(timedelta(days=3))
    await call(rooms, till.device_id)
    await make.move_clock(-timedelta(days=3))
    await call(rooms, till.device_id)
    seen = await last_seen(rooms, till.device_id)
    assert seen is not None
    assert abs(rooms.clock.now() - seen) < SEEN_EVERY


async def test_what_could_not_be_written_is_news_again_with_the_next_call(
    rooms: Rooms, counter: Counter
) -> None:
    till = await counter.till()
    seen = Seen(rooms.sessions, rooms.clock)
    async with rooms.engine.begin() as holder:
        await holder.execute(
            select(StoreDevice.id).where(StoreDevice.id == till.device_id).with_for_update()
        )
        seen.note(till.device_id)
        # Longer than a statement may wait for a lock.
        await seen.drain()
    assert await last_seen(rooms, till.device_id) is None
    seen.note(till.device_id)
    await seen.drain()
    assert await last_seen(rooms, till.device_id)
