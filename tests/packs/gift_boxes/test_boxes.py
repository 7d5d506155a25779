"""Boxes as staff put them up and change them, orders as staff look for them."""

from datetime import timedelta

import pytest

from app.models.states import Role
from app.routers.rooms import Rooms
from tests.factories import Factory, auth
from tests.gifting import ADDRESS, ADMIN_ORDERS, BOXES, FIGURES, HOLD, STAFF, Gifts, told
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def test_a_box_is_put_up_changed_and_seen(gifts: Gifts, make: Factory, rooms: Rooms) -> None:
    box, ann = await gifts.box(), await make.member()
    assert (box["quantity"], box["left"], box["free_quantity"], box["free_left"]) == (3, 3, 1, 1)
    seen = await gifts.see(ann, box)
    assert (seen["left"], seen["list_price_on"]) == (3, "2022-12-20")
    assert seen["contents"] == [{"name": "开心果", "quantity": 2}]
    changed = await gifts.change(
        box,
        name="坚果大礼盒",
        per_person=1,
        contents=[{"name": "腰果", "quantity": 1}, {"name": "开心果", "quantity": 1}],
        sites=[gifts.site(), gifts.site("李沧工会驿站")],
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["version"] == 2
    assert [each["name"] for each in changed.json()["sites"]] == ["市工人文化宫", "李沧工会驿站"]
    assert changed.json()["sites"][0] == box["sites"][0]
    assert told(await gifts.change(box, name="旧版")) == (412, "version_stale")
    dearer = await gifts.change(box, 2, member_price_fen=20_000)
    assert dearer.json()["errors"][0]["code"] == "dearer_than_listed"
    empty = await gifts.change(box, 2, closes_at=box["opens_at"])
    assert empty.json()["errors"][0]["code"] == "window_empty"
    assert told(await gifts.order(ann, (box, 2))) == (409, "limit_reached")
    await gifts.change(box, 2, closes_at=(rooms.clock.now() - timedelta(minutes=1)).isoformat())
    assert told(await gifts.order(ann, (box, 1))) == (409, "not_open")
    free = await gifts.restock(box, 1, 4, pool="free")
    assert (free.json()["free_left"], free.json()["left"]) == (4, 3)
    await assert_books_are_right(rooms)


async def test_how_long_an_order_is_held_is_for_staff_to_say(gifts: Gifts, make: Factory) -> None:
    box, ann = await gifts.box(), await make.member()
    path, headers = STAFF + "/rules", await gifts.as_staff()
    rules = (await gifts.client.get(path, headers=headers)).json()
    assert (rules["hold_min"], rules["version"]) == (15, 1)
    change = {"version": 1, "hold_min": 30, "reason": "支付高峰"}
    assert (await gifts.client.patch(path, headers=headers, json=change)).json()["version"] == 2
    assert told(await gifts.client.patch(path, headers=headers, json=change)) == (
        412,
        "version_stale",
    )
    order_id = await gifts.ordered(ann, (box, 1))
    await gifts.later(HOLD)
    assert await gifts.state(ann, order_id) == "placed"
    await gifts.later(HOLD)
    assert await gifts.state(ann, order_id) == "cancelled"


async def test_staff_look_for_orders_by_what_they_are_now_and_masked(
    gifts: Gifts, make: Factory
) -> None:
    nuts, fruit = await gifts.box(), await gifts.box(name="水果礼盒")
    ann, bob = await make.member(), await make.member()
    lapsed = await gifts.ordered(ann, (nuts, 1))
    await gifts.later(HOLD)
    paid = await gifts.paid(bob, (fruit, 1), delivery=ADDRESS)
    placed = await gifts.ordered(ann, (nuts, 1), (fruit, 1))

    async def found(query: str) -> list[str]:
        answer = await gifts.client.get(
            f"{ADMIN_ORDERS}?{query}", headers=await gifts.as_staff(Role.FINANCE)
        )
        assert answer.status_code == 200, answer.text
        return [order["id"] for order in answer.json()["items"]]

    assert await found("") == [placed, paid, lapsed]
    assert await found("limit=1") == [placed]
    assert await found("state=placed") == [placed]
    assert await found("state=cancelled") == [lapsed], "by the clock, before a job wrote it down"
    assert await found("state=paid&mode=delivery") == [paid]
    assert await found(f"box_id={fruit['id']}") == [placed, paid]
    assert await found(f"member_no={bob.member_no}") == [paid]
    assert await found(f"site_id={nuts['sites'][0]['id']}") == [placed, lapsed]
    shown = (await gifts.whole(paid))["delivery"]
    assert (shown["name"], shown["phone"], shown["address"]) == ("王**", "199****1234", "****")
    mine = await gifts.client.get(f"{BOXES}/orders", headers=auth(make.token(ann)))
    assert [order["id"] for order in mine.json()["items"]] == [placed, lapsed]
    listed = await gifts.client.get(STAFF, headers=await gifts.as_staff())
    assert [each["name"] for each in listed.json()["items"]] == ["坚果礼盒", "水果礼盒"]


async def test_an_address_is_forgotten_90_days_after_the_campaign(
    gifts: Gifts, make: Factory
) -> None:
    box, ann = await gifts.box(), await make.member()
    order_id = await gifts.paid(ann, (box, 1), delivery=ADDRESS)
    await gifts.later(timedelta(days=365 * 2))
    await gifts.work_off()
    delivery = (await gifts.look(ann, order_id))["delivery"]
    assert (delivery["mode"], delivery["address"], delivery["phone"]) == ("delivery", None, None)


async def test_without_a_campaign_there_is_no_sale(gifts: Gifts, make: Factory) -> None:
    ann, staff = auth(make.token(await make.member())), await gifts.as_staff()
    change = {"version": 1, "hold_min": 20, "reason": "测试"}
    for answer in (
        await gifts.client.get(BOXES, headers=ann),
        await gifts.client.post(STAFF, headers=staff, json=gifts.plan()),
        await gifts.client.get(STAFF + "/rules", headers=staff),
        await gifts.client.patch(STAFF + "/rules", headers=staff, json=change),
        await gifts.client.get(FIGURES, headers=staff),
    ):
        assert told(answer) == (404, "not_found")


async def test_an_erasure_gives_up_what_is_unpaid_and_waits_for_what_is_on_its_way(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box, (ann, bob) = await gifts.box(), (await make.member(), await make.member())
    await gifts.paid(ann, (box, 1), delivery=ADDRESS)
    await gifts.ordered(bob, (box, 1), delivery=ADDRESS)
    await gifts.ordered(bob, (box, 1))
    copy = (await gifts.client.get("/v1/me/data", headers=auth(make.token(bob)))).json()
    [mine] = [kind for kind in copy["kinds"] if kind["kind"] == "gift_boxes_orders"]
    assert mine["items"][1]["address"] == ADDRESS["address"]
    outcomes = []
    for member in (ann, bob):
        erased = await gifts.client.post("/v1/me/erasure", headers=auth(make.token(member)))
        assert erased.status_code == 200, erased.text
        kinds = {each["kind"]: each["outcome"] for each in erased.json()["kinds"]}
        outcomes.append(kinds["gift_boxes_orders"])
    assert outcomes == ["refused", "erased"]
    assert await gifts.left(box) == 2
    await assert_books_are_right(rooms)
