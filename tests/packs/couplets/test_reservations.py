"""Reserving a pair, giving it up, and who gets it then."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models.stock import StockEntry
from app.packs.couplets.rules import shown
from app.routers.rooms import Rooms
from app.shared.personal_data import Outcome
from tests.coupletting import HOUR, Couplets, told
from tests.factories import Factory, auth
from tests.packs.couplets.books import assert_couplets_are_right
from tests.shared.personal_data.erased import Registry, outcome_of

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


async def test_D14_a_call_before_opening_takes_nothing_and_is_no_attempt(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    """Newbee-mall 97: a call before the sale began took stock."""
    opens_at = rooms.clock.now() + HOUR
    event = await couplets.event(reserved=1, reserve_opens_at=opens_at.isoformat())
    ann, bob = await make.member(), await make.member()
    early = await couplets.reserve(ann, event, key="k")
    assert told(early) == (409, "not_open")
    assert early.json()["opens_at"] == shown(opens_at)
    assert early.json()["server_time"] < early.json()["opens_at"]
    assert told(await couplets.wait(bob, event)) == (409, "not_open")
    async with rooms.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(StockEntry)) == 0
    assert await couplets.left(event) == (1, 1)
    await couplets.later(HOUR)
    again = await couplets.reserve(ann, event, key="k")
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, None)
    await assert_couplets_are_right(rooms)


async def test_one_pair_a_person_whatever_the_account_and_the_variant(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    variant = {"title": "福字", "reserved": 1, "walk_in": 0}
    event = await couplets.event(variants=[variant, {**variant, "title": "春联"}])
    ann = await make.member()
    other = await make.member(person_id=ann.person_id)
    stranger = await make.member()
    reservation_id = await couplets.reserved(ann, event)
    await couplets.reserved(stranger, event, variant=1)
    for member, choice in ((other, 0), (other, 1), (ann, 1)):
        refused = await couplets.reserve(member, event, variant=choice)
        assert told(refused) == (409, "already_reserved"), "also where all is gone"
        assert refused.json()["reservation_id"] == reservation_id
    assert told(await couplets.reserve(await make.member(), event)) == (409, "sold_out")
    reused = await couplets.client.post(
        f"{event.path}/reservations",
        headers=couplets.as_member(ann, "k"),
        json={**event.choice(), "site_id": event.id},
    )
    assert (told(reused), reused.json()["errors"][0]["code"]) == (
        (422, "input_invalid"),
        "site_unknown",
    )
    for act, body in (("cancellation", {}), ("recipient", {"name": None, "phone": None})):
        theirs = await couplets.of_reservation(stranger, reservation_id, act, body)
        assert told(theirs) == (404, "not_found")
    assert told(await couplets.accept(ann, reservation_id)) == (404, "not_found")
    page = await couplets.client.get("/v1/me/packs", headers=auth(make.token(ann)))
    [card] = [each for each in page.json()["packs"] if each["kind"] == "couplets"]
    assert [(act["act"], act["id"]) for act in card["can"]] == [("collect", reservation_id)]
    mine = await couplets.client.get("/v1/couplets/reservations", headers=auth(make.token(ann)))
    assert [each["id"] for each in mine.json()["items"]] == [reservation_id]
    listed = await couplets.client.get("/v1/couplets/events", headers=auth(make.token(ann)))
    assert listed.json()["items"][0]["mine"]["reservation_id"] == reservation_id
    await assert_couplets_are_right(rooms)


async def test_an_event_is_corrected_and_keeps_its_rules(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    none = await couplets.create(reserved=0, walk_in=0)
    assert told(none) == (422, "input_invalid")
    event = await couplets.event(reserved=1)
    later = (rooms.clock.now() + 9 * 24 * HOUR).isoformat()
    site_id = event.choice()["site_id"]
    changed = await couplets.change(
        event,
        replay_url="https://live.example.cn/replay",
        reserve_closes_at=later,
        sites=[{"id": site_id, "address": "东海西路 9 号", "closes_at": later}],
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.json()["sites"][0]["address"]) == (
        2,
        "东海西路 9 号",
    )
    assert told(await couplets.change(event, title="另一场")) == (412, "version_stale")
    empty = await couplets.change(event, version=2, live_to=event.body["live_from"])
    assert empty.json()["errors"][0]["code"] == "window_empty"
    strange = await couplets.change(event, version=2, sites=[{"id": event.id, "name": "别处"}])
    assert strange.json()["errors"][0]["code"] == "site_unknown"
    ann = await make.member()
    await couplets.later(timedelta(days=6, hours=12))
    reservation_id = await couplets.reserved(ann, event)
    await couplets.later(timedelta(days=1))
    await couplets.work_off()
    assert await couplets.state(ann, reservation_id) == "reserved", "its site closes later now"
    page = await couplets.client.get("/v1/admin/conservation", headers=auth(await make.staff()))
    pools = {pool["kind"]: pool for pool in page.json()["pools"]}
    assert (page.json()["equal"], pools["couplets_reserved"]["issued"]) == (True, 1)
    assert pools["couplets_walk_in"]["owner_id"] == event.choice()["variant_id"]
    for what in ("couplets.reservations", "couplets.pickups"):
        asked = await couplets.client.post(
            "/v1/admin/exports",
            headers=auth(await make.staff()),
            json={"what": what, "format": "csv"},
        )
        await couplets.work_off()
        done = await couplets.client.get(
            f"/v1/admin/exports/{asked.json()['id']}", headers=auth(await make.staff())
        )
        assert done.json()["state"] == "done", done.text
    await assert_couplets_are_right(rooms)


async def test_who_is_erased_leaves_their_pair_to_the_next(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=2, walk_in=0)
    ann, bob, cat, dan = [await make.member() for _ in range(4)]
    reservation_id = await couplets.reserved(ann, event)
    await couplets.collect(bob, await couplets.reserved(bob, event), event)
    recipient = {"name": "欧阳修", "phone": "19900008888"}
    await couplets.of_reservation(ann, reservation_id, "recipient", recipient)
    await couplets.of_reservation(ann, reservation_id, "proxy")
    for member in (cat, dan):
        await couplets.wait(member, event)
    copy = await couplets.client.get("/v1/me/data", headers=auth(make.token(ann)))
    [kind] = [each for each in copy.json()["kinds"] if each["kind"] == "couplets_reservations"]
    assert kind["items"][0]["recipient_name"] == "欧阳修"
    registry = Registry(rooms)
    for member in (ann, bob, cat):
        report = await registry.erase(member)
        assert outcome_of(report, "couplets_reservations") is Outcome.ERASED
        assert outcome_of(report, "couplets_waits") is Outcome.ERASED
    assert await couplets.offer(dan, event) is not None, "cat's offer was declined by the erasure"
    everything = await registry.everything()
    assert "欧阳修" not in everything
    assert "19900008888" not in everything
    assert await registry.faults() == []
