"""The current edition, and the page views that never fail a page."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.models.states import PackKind
from app.platform.errors import NotFound
from app.routers.rooms import Rooms
from app.shared.campaigns import CurrentCampaign, Views, current_campaign
from tests.factories import Factory

pytestmark = pytest.mark.anyio


async def views(rooms: Rooms) -> list[tuple[str, int]]:
    async with rooms.engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT kind, views FROM pack_views JOIN pack ON pack.id = pack_id ORDER BY hour, 1"
            )
        )
        return [(kind, count) for kind, count in found]


async def test_the_current_edition_has_its_five_packs_in_order(rooms: Rooms, make: Factory) -> None:
    campaign_id = await make.campaign()

    found = await CurrentCampaign(rooms.sessions).read()

    assert found.id == campaign_id
    assert [pack.kind for pack in found.packs] == list(PackKind)


async def test_without_an_edition_the_answer_is_that_there_is_none(rooms: Rooms) -> None:
    async with rooms.sessions() as session:
        with pytest.raises(NotFound):
            await current_campaign(session)


async def test_every_view_of_a_crowd_is_counted(rooms: Rooms, make: Factory) -> None:
    await make.campaign()
    counters = [Views(rooms.sessions, rooms.clock), Views(rooms.sessions, rooms.clock)]
    kinds = [PackKind.BREAKFAST] * 300 + [PackKind.WISHES] * 200

    await asyncio.gather(*(each.count(kind) for kind in kinds for each in counters))

    assert await views(rooms) == [("breakfast", 600), ("wishes", 400)]


async def test_views_are_kept_by_the_hour_of_campaign_time(rooms: Rooms, make: Factory) -> None:
    await make.campaign()
    counter = Views(rooms.sessions, rooms.clock)

    await counter.count(PackKind.HEALTH)
    await make.move_clock(timedelta(hours=1))
    await counter.count(PackKind.HEALTH)

    assert await views(rooms) == [("health", 1), ("health", 1)]


async def test_a_view_that_cannot_be_counted_does_not_fail_the_page(
    rooms: Rooms, make: Factory
) -> None:
    await make.campaign()
    counter = Views(rooms.sessions, rooms.clock)
    async with rooms.sessions.begin() as session:
        await session.execute(text("ALTER TABLE pack_views RENAME TO gone"))
    try:
        await counter.count(PackKind.HEALTH)
    finally:
        async with rooms.sessions.begin() as session:
            await session.execute(text("ALTER TABLE gone RENAME TO pack_views"))

    await counter.count(PackKind.HEALTH)
    assert await views(rooms) == [("health", 1)]
