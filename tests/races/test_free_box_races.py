"""Many who are entitled, one free box: it is given once. The control holds the same race where
nobody locks: it gives more than there is, or the race proves nothing."""

import asyncio

import pytest
from sqlalchemy import func, select

from app.embedded.identity_provider import IdentityProvider
from app.models.gift_boxes_fulfilment import GiftBoxesFreeClaim
from app.models.states import Category
from app.packs.gift_boxes.free_claims import claim_free
from app.packs.gift_boxes.free_windows import set_windows
from app.packs.gift_boxes.fulfilment_rules import Window
from app.packs.gift_boxes.queries import BoxFacts
from app.platform.errors import Refusal
from app.platform.settings import Settings
from app.shared.idempotency import KeyedRequest
from app.shared.identity.callers import Member
from tests.gifting import box_on_sale
from tests.locks import unwritable
from tests.races.test_gift_box_races import (
    BUYERS,
    HOME,
    PROCESSES,
    UNLOCKED,
    Race,
    alter,
    race_on,
    unguarded_database,
)
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def free_box(race: Race) -> BoxFacts:
    """One free one, for outdoor workers, who are what the factory makes many of."""
    rooms, make = race.make.rooms, race.make
    box = await box_on_sale(make, 0, free_quantity=1)
    await set_windows(
        rooms.sessions,
        rooms.clock,
        actor=make.actor,
        box_id=box.id,
        windows=[Window(Category.OUTDOOR, box.opens_at)],
        reason="race",
    )
    return box


async def rush(race: Race, box: BoxFacts) -> None:
    """From all processes at once; the first of each is held before the books' entries, or behind
    who stands there, until all are."""
    people = await race.make.members(BUYERS)
    async with unwritable(race.make.rooms.engine, "stock_entry") as until_waiting:
        claims = asyncio.gather(
            *(claim(race, place, box, member) for place, member in enumerate(people))
        )
        await until_waiting(PROCESSES)
    await claims


async def claim(race: Race, place: int, box: BoxFacts, member: Member) -> None:
    rooms = race.processes[place % PROCESSES]
    try:
        await claim_free(
            rooms.stock,
            rooms.free_boxes,
            rooms.sessions,
            rooms.clock,
            rooms.closed,
            rooms.sealer,
            race.make.once,
            member=member,
            actor=member.acting(rooms.digester),
            box_id=box.id,
            delivery=HOME,
            request=KeyedRequest(str(member.id), "claim", "key", b"{}"),
        )
    except Refusal as refusal:
        race.answers[refusal.code] += 1
    else:
        race.answers["given"] += 1


async def given(race: Race) -> int:
    async with race.make.rooms.sessions() as session:
        found = await session.scalar(select(func.count()).select_from(GiftBoxesFreeClaim))
    return int(found or 0)


async def test_the_last_free_box_is_given_once(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    async with race_on(settings, identity_provider) as race:
        await rush(race, await free_box(race))
        assert race.answers == {"given": 1, "sold_out": BUYERS - 1}
        assert await given(race) == 1
        await assert_books_are_right(race.make.rooms)


async def test_the_control_gives_more_than_there_is_where_nobody_locks(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    unguarded = await unguarded_database(settings, "unguarded_free_boxes")
    async with race_on(unguarded, identity_provider) as race:
        box = await free_box(race)
        await alter(unguarded, UNLOCKED)
        await rush(race, box)
        assert await given(race) >= PROCESSES > 1
