"""Reserving a pair, giving it up, and who gets it then."""

import pytest

from app.routers.rooms import Rooms
from tests.coupletting import Couplets, told
from tests.factories import Factory
from tests.packs.couplets.books import assert_couplets_are_right

pytestmark = pytest.mark.anyio


async def test_a_pair_from_the_announcement_to_the_desk(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=2)
    ann = await make.member(name="王小明", phone="19900001234")
    seen = await couplets.see(ann, event)
    assert seen["stream"]["url"] == "https://live.example.cn/couplets"
    assert [variant["left"] for variant in seen["variants"]] == [2]
    assert seen["mine"]["reservation_id"] is None
    first = await couplets.reserve(ann, event, key="k")
    again = await couplets.reserve(ann, event, key="k")
    assert again.headers["idempotent-replayed"] == "true"
    assert first.json() == again.json()
    reservation_id = first.json()["id"]
    seen = await couplets.see(ann, event)
    assert seen["mine"]["reservation_id"] == reservation_id
    assert seen["variants"][0]["left"] == 1
    second = await couplets.reserve(ann, event, key="other")
    assert told(second) == (409, "already_reserved")
    assert second.json()["reservation_id"] == reservation_id
    pickup_id = await couplets.collect(ann, reservation_id, event)
    assert await couplets.state(ann, reservation_id) == "collected"
    twice = await couplets.pick_up(event, name="王小明", phone_last4="1234")
    assert told(twice) == (409, "already_collected")
    assert twice.json()["first"]["site_name"] == "市工人文化宫"
    assert twice.json()["first"]["by"].startswith("staff-")
    undone = await couplets.reverse(pickup_id)
    assert (undone.status_code, undone.json()["reservation_state"]) == (200, "reserved")
    assert told(await couplets.reverse(pickup_id)) == (409, "state_conflict")
    await couplets.collect(ann, reservation_id, event)
    await assert_couplets_are_right(rooms)
