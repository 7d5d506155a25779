"""The desk: by name, by proxy, at the door, undone, and without a network."""

from datetime import timedelta
from typing import Any

import pytest

from app.models.states import Role
from app.packs.couplets.rules import shown
from app.routers.rooms import Rooms
from app.shared.limits import DESK_CODES
from tests.coupletting import HOUR, Couplets, told
from tests.factories import Factory, auth
from tests.packs.couplets.books import assert_couplets_are_right

pytestmark = pytest.mark.anyio

NAME, LAST4 = "欧阳修", "8888"


async def test_a_recipient_and_a_proxy_collect_what_somebody_else_reserved(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=2)
    ann, bob = await make.member(name="安"), await make.member(name="鲍勃")
    first, second = await couplets.reserved(ann, event), await couplets.reserved(bob, event)
    recipient = {"name": NAME, "phone": f"1990000{LAST4}"}
    changed = await couplets.of_reservation(ann, first, "recipient", recipient)
    assert changed.json()["recipient"] == {"name": "欧**", "phone": f"199****{LAST4}"}
    own = await couplets.pick_up(event, name="安", phone_last4="1234")
    assert told(own) == (404, "code_unknown"), "the recipient collects it now"
    wrong = await couplets.pick_up(event, name=NAME, phone_last4="0000")
    assert told(wrong) == (404, "code_unknown"), "both have to fit"
    half = await couplets.pick_up(event, name=NAME)
    assert (told(half), half.json()["errors"][0]["code"]) == ((422, "input_invalid"), "show_one")
    handed = await couplets.pick_up(event, name=" 欧阳 修", phone_last4=LAST4)
    assert (handed.status_code, handed.json()["name"]) == (201, "欧**")
    seen = await couplets.client.get("/v1/me/data-accesses", headers=auth(make.token(ann)))
    assert [each["act"] for each in seen.json()["items"]] == ["couplets.hand_out"]
    old = (await couplets.of_reservation(bob, second, "proxy")).json()["proxy_code"]
    code = (await couplets.of_reservation(bob, second, "proxy")).json()["proxy_code"]
    assert told(await couplets.pick_up(event, proxy_code=old)) == (404, "code_unknown")
    assert told(await couplets.pick_up(event, proxy_code=code[:-1])) == (422, "code_malformed")
    handed = await couplets.pick_up(event, proxy_code=code.lower())
    assert (handed.status_code, handed.json()["input"]) == (201, "proxy_code")
    assert told(await couplets.pick_up(event, proxy_code=code)) == (409, "already_collected")
    undone = await couplets.reverse(handed.json()["id"])
    assert undone.json()["reservation_state"] == "reserved"
    assert told(await couplets.pick_up(event, proxy_code=code)) == (404, "code_unknown")
    refused = await couplets.of_reservation(ann, first, "recipient", recipient)
    assert told(refused) == (409, "state_conflict")
    statistics = await couplets.look(event, "/statistics")
    assert [(site["collected"], site["reserved"]) for site in statistics["sites"]] == [
        (1, 1),
        (0, 0),
    ]
    await couplets.work_off()
    assert set(await couplets.notices(ann)) == {"couplets.collected"}
    await assert_couplets_are_right(rooms)


async def test_name_and_digits_that_fit_two_are_not_enough(
    couplets: Couplets, make: Factory
) -> None:
    event = await couplets.event(reserved=2)
    for _ in range(2):
        await couplets.reserved(await make.member(name=NAME, phone=f"1990000{LAST4}"), event)
    answer = await couplets.pick_up(event, name=NAME, phone_last4=LAST4)
    assert (told(answer), answer.json()["matches"]) == ((409, "several_match"), 2)
    for _ in range(DESK_CODES.most):
        await couplets.pick_up(event, name="无此人", phone_last4=LAST4)
    spent = await couplets.pick_up(event, name=NAME, phone_last4=LAST4)
    assert (told(spent), spent.json()["policy"]) == ((429, "quota_exceeded"), "desk_codes")
    other = auth(await make.staff(Role.DESK))
    again = await couplets.pick_up(event, headers=other, name=NAME, phone_last4=LAST4)
    assert told(again) == (409, "several_match"), "another desk has a budget of its own"


async def test_what_nobody_collects_is_at_the_door_before_the_site_closes_and_once(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    """By its pass until the release, then no more; a pass ages; the door has it at that very
    instant, job or not, and what was not reserved as soon as the window closes."""
    event = await couplets.event(reserved=3, walk_in=0)
    ann, bob = await make.member(), await make.member()
    first, second = await couplets.reserved(ann, event), await couplets.reserved(bob, event)
    await couplets.work_off()
    assert await couplets.notices(ann) == []
    await couplets.later(timedelta(days=2))
    await couplets.work_off()
    await couplets.later(timedelta(hours=22, minutes=1))
    await couplets.work_off()
    assert await couplets.notices(ann) == ["couplets.reminder", "couplets.reminder"]
    shown = await couplets.show_pass(ann, first)
    for form, kind in ((".svg", "image/svg+xml"), (".png", "image/png")):
        drawn = await couplets.client.get(
            f"/v1/couplets/reservations/{first}/pass{form}", headers=auth(make.token(ann))
        )
        assert drawn.headers["content-type"] == kind
    assert [key["kty"] for key in await couplets.look(event, "/keys")] == ["OKP"]
    await couplets.later(timedelta(minutes=1))
    assert told(await couplets.pick_up(event, text=shown)) == (409, "pass_expired")
    assert told(await couplets.pick_up(event, text=shown[:-9] + "AAAAAAAAA")) == (
        404,
        "code_unknown",
    )
    pickup_id = await couplets.collect(ann, first, event)
    assert told(await couplets.walk_in(event)) == (409, "sold_out")
    shown = await couplets.show_pass(bob, second)
    await couplets.later(timedelta(days=3, hours=1, minutes=58))
    assert (await couplets.walk_in(event, ann)).status_code == 201, "nobody had reserved it"
    await couplets.later(timedelta(hours=23, minutes=40))
    assert await couplets.state(bob, second) == "no_show"
    for form in ("", ".svg", ".png"):
        late = await couplets.client.get(
            f"/v1/couplets/reservations/{second}/pass{form}", headers=auth(make.token(bob))
        )
        assert told(late) == (409, "state_conflict")
    assert told(await couplets.cancel(bob, second)) == (409, "state_conflict")
    refused = await couplets.reserve(await make.member(), event)
    assert (told(refused), "closes_at" in refused.json()) == ((409, "not_open"), True)
    name = await couplets.pick_up(event, name="王小明", phone_last4="1234")
    assert name.status_code in {404, 409}
    assert (await couplets.walk_in(event)).status_code == 201, "settled by whoever comes first"
    await couplets.work_off()
    await couplets.work_off()
    assert await couplets.left(event) == (0, 0)
    assert "couplets.released" in await couplets.notices(bob)
    undone = await couplets.reverse(pickup_id)
    assert undone.json()["reservation_state"] == "no_show"
    assert await couplets.left(event) == (0, 1)
    moved = await couplets.change(
        event, sites=[{"id": event.choice()["site_id"], "closes_at": "2099-01-01T00:00:00+08:00"}]
    )
    assert told(moved) == (409, "state_conflict"), "it was released, and that is once"
    figures = (await couplets.look(event, "/statistics"))["sites"][0]
    assert (figures["no_show"], figures["walk_in"], figures["collected"]) == (2, 2, 0)
    await assert_couplets_are_right(rooms)


def item(number: int, at: Any, **shown: Any) -> dict[str, Any]:
    body = {"pass" if name == "text" else name: value for name, value in shown.items()}
    return {"pickup_no": f"DESK-{number:04d}", "collected_at": at.isoformat(), **body}


async def test_D22_a_desk_without_a_network_tells_later_what_it_handed_out(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    """Each item answered for itself, at its device's time; sent again it changes nothing; what
    another desk was first with is kept beside it (Eventra 11074, Uni-Event 248, Backoffice 16)."""
    event = await couplets.event(reserved=3, walk_in=1)
    ann, bob, cat = [await make.member() for _ in range(3)]
    ids = [await couplets.reserved(each, event) for each in (ann, bob, cat)]
    passes = [
        await couplets.show_pass(each, reservation_id)
        for each, reservation_id in zip((ann, bob, cat), ids, strict=True)
    ]
    at = rooms.clock.now()
    await couplets.later(timedelta(minutes=14))
    other = auth(await make.staff(Role.DESK))
    first = await couplets.pick_up(event, headers=other, text=await couplets.show_pass(bob, ids[1]))
    assert first.status_code == 201
    door = {"walk_in": {**event.choice(), "member_no": cat.member_no}}
    sent = [
        item(1, at + timedelta(minutes=1), text=passes[0]),
        item(2, at + timedelta(minutes=2), text=passes[1]),
        item(3, at + timedelta(minutes=3), **door),
        item(4, at + timedelta(minutes=4), **door),
        item(5, at + timedelta(minutes=16), text=passes[2]),
        {"pickup_no": "DESK-0006", "name": NAME},
        item(1, at, text=passes[2]),
        item(8, at, text=passes[0]),
        item(9, at, walk_in={**event.choice(), "member_no": "NOBODY-1"}),
    ]
    results = await couplets.upload(event, *sent)
    assert [(each["outcome"], each["code"]) for each in results] == [
        ("accepted", None),
        ("disputed", "already_collected"),
        ("accepted", None),
        ("refused", "sold_out"),
        ("accepted", None),
        ("refused", "input_invalid"),
        ("refused", "pickup_no_reused"),
        ("refused", "already_collected"),
        ("refused", "input_invalid"),
    ]
    assert results[0]["pickup"]["collected_at"][:16] == shown_minute(at + timedelta(minutes=1))
    assert results[1]["first"]["by"] == first.json()["staff_name"]
    again = await couplets.upload(event, *sent[:4])
    assert [each["outcome"] for each in again] == ["repeated", "disputed", "repeated", "refused"]
    assert again[0]["pickup"]["id"] == results[0]["pickup"]["id"]
    assert await couplets.upload(event) == []
    [dispute] = (await couplets.look(event, "/disputes"))["items"]
    assert (dispute["pickup_no"], dispute["first"]["id"]) == ("DESK-0002", first.json()["id"])
    assert len((await couplets.look(event, "/pickups"))["items"]) == 4
    await assert_couplets_are_right(rooms)


async def test_what_was_collected_in_time_and_told_late_takes_its_pair_back_from_the_door(
    couplets: Couplets, make: Factory, rooms: Rooms
) -> None:
    event = await couplets.event(reserved=2, walk_in=0)
    ann, bob = await make.member(), await make.member()
    ids = [await couplets.reserved(each, event) for each in (ann, bob)]
    codes = [
        (await couplets.of_reservation(each, reservation_id, "proxy")).json()["proxy_code"]
        for each, reservation_id in zip((ann, bob), ids, strict=True)
    ]
    await couplets.later(timedelta(days=6, hours=23))
    at = rooms.clock.now()
    await couplets.later(HOUR)
    await couplets.work_off()
    assert [await couplets.state(ann, ids[0]), await couplets.left(event)] == ["no_show", (0, 2)]
    assert told(await couplets.pick_up(event, proxy_code=codes[0])) == (409, "state_conflict")
    assert (await couplets.walk_in(event)).status_code == 201
    sent = [item(1, at, proxy_code=codes[0]), item(2, at, proxy_code=codes[1])]
    results = await couplets.upload(event, *sent)
    assert [(each["outcome"], each["code"]) for each in results] == [
        ("accepted", None),
        ("refused", "sold_out"),
    ]
    assert await couplets.state(ann, ids[0]) == "collected"
    await couplets.reverse(results[0]["pickup"]["id"])
    assert [await couplets.state(ann, ids[0]), await couplets.left(event)] == ["no_show", (0, 1)]
    await assert_couplets_are_right(rooms)


def shown_minute(at: Any) -> str:
    return str(shown(at)[:16])
