"""The current edition, and the page views that never fail a page."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.models.campaign import Campaign, Pack
from app.models.states import CampaignState, PackKind, PackState
from app.platform.errors import NotFound, Words
from app.routers.rooms import Rooms
from app.shared.campaigns import (
    MOVES,
    CurrentCampaign,
    EditionPart,
    PackClosed,
    Views,
    copy_campaign,
    current_campaign,
    hold_open,
    move_campaign,
    switch_pack,
)
from tests.factories import Factory
from tests.locks import WAITING

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


async def _somebody_waits(rooms: Rooms) -> bool:
    async with rooms.engine.connect() as connection:
        return bool(await connection.scalar(WAITING))


async def _is_waited_for(
    rooms: Rooms, campaign_id: UUID, close: Callable[[], Awaitable[object]]
) -> bool:
    """Whether whoever closes waits for a member who is just beginning something."""
    async with rooms.sessions.begin() as session:
        await hold_open(session, campaign_id, PackKind.BREAKFAST)
        closing = asyncio.ensure_future(close())
        async with asyncio.timeout(20):
            while not (closing.done() or await _somebody_waits(rooms)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        waited = not closing.done()
    await closing
    return waited


async def test_ending_an_edition_waits_for_whoever_is_just_beginning_something(
    rooms: Rooms, make: Factory
) -> None:
    campaign_id = await make.campaign()
    end = partial(
        move_campaign,
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        campaign_id=campaign_id,
        act="end",
        reason="test",
    )

    assert await _is_waited_for(rooms, campaign_id, end)

    async with rooms.sessions.begin() as session:
        with pytest.raises(PackClosed):
            await hold_open(session, campaign_id, PackKind.BREAKFAST)


async def test_control_packs_that_are_closed_without_their_locks_wait_for_nobody(
    rooms: Rooms, make: Factory
) -> None:
    campaign_id = await make.campaign()

    async def close() -> None:
        async with rooms.sessions.begin() as session:
            await session.execute(update(Pack).values(state=PackState.CLOSED))

    assert not await _is_waited_for(rooms, campaign_id, close)


async def _switched(rooms: Rooms, make: Factory) -> UUID:
    """A pack of the current edition is closed; its id."""
    closed = await switch_pack(
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        kind=PackKind.HEALTH,
        act="close",
        reason="test",
    )
    return closed.id


async def test_a_pack_is_closed_at_once_while_a_long_copy_is_being_made(
    rooms: Rooms, make: Factory
) -> None:
    campaign_id = await make.campaign()
    is_copying, may_end = asyncio.Event(), asyncio.Event()

    async def copy(*_: object) -> None:
        is_copying.set()
        await may_end.wait()

    copying = asyncio.create_task(
        copy_campaign(
            rooms.sessions,
            rooms.clock,
            [EditionPart(PackKind.HEALTH, counts={}, copy=copy)],
            make.once,
            actor=make.actor,
            campaign_id=campaign_id,
            name=Words("明年的活动", "Next year's"),
            shift_days=365,
        )
    )
    try:
        await is_copying.wait()
        await _switched(rooms, make)
    finally:
        may_end.set()
        copied = await copying
    assert copied.campaign.copied_from == campaign_id


async def test_the_switch_means_the_edition_that_has_just_become_the_current_one(
    rooms: Rooms, make: Factory
) -> None:
    old, new = await make.campaign(), await make.next_campaign(is_open=True)
    async with rooms.sessions.begin() as session:
        # What `make_current` does, and has not committed yet.
        await session.execute(update(Campaign).where(Campaign.id == old).values(is_current=False))
        await session.execute(update(Campaign).where(Campaign.id == new).values(is_current=True))
        switching = asyncio.create_task(_switched(rooms, make))
        async with asyncio.timeout(20):
            while not await _somebody_waits(rooms):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    pack_id = await switching

    async with rooms.sessions() as session:
        assert await session.scalar(select(Pack.campaign_id).where(Pack.id == pack_id)) == new


def test_every_move_of_an_edition_leads_somewhere_and_none_back_to_a_draft() -> None:
    assert set(MOVES) == set(CampaignState)
    ends = [state for moves in MOVES.values() for state in moves.values()]
    assert set(ends) == {CampaignState.OPEN, CampaignState.ENDED}
