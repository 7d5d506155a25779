"""Free boxes: for whom they are meant, those in hardship first, with proof, one a person, never
mixed with what is sold; and many at once for the last one."""

from datetime import timedelta

import pytest

from app.models.states import Category, Role
from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.gifting import ADDRESS, HOUR, ORDERS, STAFF, Gifts, told
from tests.packs.gift_boxes.test_fulfilment import hard_up
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def test_those_in_hardship_come_first_with_proof_and_others_in_their_window(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box = await gifts.box(free_quantity=2, quantity=1)
    poor, rider = await hard_up(make), await hard_up(make, Category.OUTDOOR)
    nobody = await make.member(categories=[])
    told_before = await gifts.claim_free(rider, box)
    assert told(told_before) == (403, "not_eligible"), "hardship alone, unless staff say otherwise"
    now = rooms.clock.now()
    windows = [
        {"category": "hardship", "opens_at": now.isoformat()},
        {"category": "outdoor", "opens_at": (now + HOUR).isoformat()},
    ]
    set_to = await gifts.client.put(
        f"{STAFF}/{box['id']}/free-windows",
        headers=await gifts.as_staff(),
        json={"windows": windows, "reason": "困难职工优先"},
    )
    assert [each["category"] for each in set_to.json()["windows"]] == ["hardship", "outdoor"]
    early = await gifts.claim_free(rider, box)
    assert (told(early), "opens_at" in early.json()) == ((409, "not_open"), True)
    assert told(await gifts.claim_free(nobody, box)) == (403, "not_eligible")
    first = await gifts.claim_free(poor, box, key="mine")
    assert first.status_code == 201, first.text
    assert (first.json()["category"], first.json()["source"]) == ("hardship", "test")
    again = await gifts.claim_free(poor, box, key="mine")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    reused = await gifts.claim_free(poor, box, key="mine", **ADDRESS)
    assert told(reused) == (422, "idempotency_key_reused")
    assert told(await gifts.claim_free(poor, box)) == (409, "limit_reached")
    other = await gifts.box(name="茶礼盒", free_quantity=1)
    assert told(await gifts.claim_free(poor, other)) == (409, "limit_reached"), "one of all boxes"
    await gifts.later(HOUR)
    assert (await gifts.claim_free(rider, box, **ADDRESS)).status_code == 201
    late = await gifts.claim_free(await hard_up(make), box)
    assert told(late) == (409, "sold_out")
    assert await gifts.left(box) == 1, "what is sold is another matter"
    order_id = first.json()["order_id"]
    assert (await gifts.look(poor, order_id))["amount_fen"] == 0
    assert told(await gifts.of_order(poor, order_id, "payments")) != (201, None)
    assert await gifts.pack(order_id) == [None], "handed over as any other order"
    listed = await gifts.client.get(
        f"{STAFF}/{box['id']}/free-claims", headers=await gifts.as_staff()
    )
    assert [(each["category"], each["state"]) for each in listed.json()["items"]] == [
        ("outdoor", "paid"),
        ("hardship", "packed"),
    ]
    await assert_books_are_right(rooms)


async def test_staff_close_the_pack_and_windows_lie_within_the_sale(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, poor = await gifts.box(free_quantity=1), await hard_up(make)
    outside = await gifts.client.put(
        f"{STAFF}/{box['id']}/free-windows",
        headers=await gifts.as_staff(),
        json={
            "windows": [{"category": "hardship", "opens_at": "2020-01-01T00:00:00+08:00"}],
            "reason": "早一点",
        },
    )
    assert outside.json()["errors"][0]["code"] == "window_outside_sale"
    boss = await gifts.as_staff(Role.ADMINISTRATOR)
    await gifts.client.post(
        "/v1/admin/packs/gift_boxes/close", headers=boss, json={"reason": "盘点"}
    )
    assert told(await gifts.claim_free(poor, box)) == (409, "not_open")
    await gifts.client.post(
        "/v1/admin/packs/gift_boxes/open", headers=boss, json={"reason": "盘点完"}
    )
    made = await gifts.claim_free_once_heard(poor, box)
    assert made.status_code == 201, made.text
    await gifts.later(timedelta(days=8))
    assert told(await gifts.claim_free(await hard_up(make), box)) == (409, "not_open")
    seen = await gifts.client.get(ORDERS, headers=gifts.as_member(poor))
    assert [each["kind"] for each in seen.json()["items"]] == ["free"]
    await assert_books_are_right(rooms)
