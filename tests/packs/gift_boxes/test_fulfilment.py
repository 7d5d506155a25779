"""From paid to received, both ways: packed, sent by a file, picked up, undone, not fetched; who
sees what of it; and a supplier's money to the fen."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.models.states import Category, Role
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from tests.factories import Factory, auth
from tests.gifting import ADDRESS, ADMIN_ORDERS, HOUR, ORDERS, PRICE, STAFF, Gifts, told
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
PICKUPS = ADMIN_ORDERS + "/pickups"
PERIOD = {"since": "2020-01-01", "until": "2099-12-31"}
NOBODYS = str(UUID(int=1))


async def set_supplier(gifts: Gifts, box: dict[str, Any], merchant_id: str) -> httpx.Response:
    return await gifts.client.put(
        f"{STAFF}/{box['id']}/supplier",
        headers=await gifts.as_staff(),
        json={"merchant_id": merchant_id},
    )


async def ship(gifts: Gifts, *rows: str, headers: Any = None) -> dict[str, Any]:
    content = "\n".join(("order_no,carrier,number", *rows)).encode()
    answer = await gifts.client.post(
        ADMIN_ORDERS + "/shipments/import",
        headers=headers or await gifts.as_staff(),
        files={"file": ("parcels.csv", content)},
    )
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["added"], report["changed"], report["unchanged"], report["refused"]


async def sheet(gifts: Gifts, headers: Any, **params: str) -> list[dict[str, str]]:
    return await table(gifts, "/supplier-sheet.csv", headers, **PERIOD, **params)


async def table(gifts: Gifts, path: str, headers: Any, **params: str) -> list[dict[str, str]]:
    answer = await gifts.client.get(ADMIN_ORDERS + path, headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    heads = [head.split()[-1] for head in rows[0]]
    return [dict(zip(heads, row, strict=True)) for row in rows[1:]]


async def show_pass(gifts: Gifts, member: Member, order_id: str) -> str:
    answer = await gifts.client.get(
        f"{ORDERS}/{order_id}/pass", headers=auth(gifts.make.token(member))
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["pass"])


async def test_what_is_sent_goes_from_paid_to_received_by_a_file_and_its_member_sees_the_parcel(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    box = await gifts.box(quantity=9)
    ann, bob, cat = [await make.member() for _ in range(3)]
    sent = await gifts.paid(ann, (box, 2), delivery=ADDRESS)
    fetched = await gifts.paid(bob, (box, 1))
    unpacked = await gifts.paid(cat, (box, 1), delivery=ADDRESS)
    lines = await gifts.client.get(ADMIN_ORDERS + "/packing", headers=await gifts.as_staff())
    assert [(each["order_id"], each["quantity"]) for each in lines.json()["items"]] == [
        (sent, 2),
        (fetched, 1),
        (unpacked, 1),
    ]
    assert await gifts.pack(sent, fetched, sent, NOBODYS) == [None, None, "not_found"]
    assert await gifts.pack(sent) == [None], "packed already, and still"
    undone = await gifts.client.post(
        f"{ADMIN_ORDERS}/{unpacked}/unpacking",
        headers=await gifts.as_staff(),
        json={"reason": "点错"},
    )
    assert told(undone) == (409, "state_conflict")
    assert told(await gifts.of_order(ann, sent, "receipt")) == (409, "state_conflict")
    rows = (
        f"{sent},顺丰速运,SF0001",
        f"{fetched},顺丰速运,SF0002",
        f"{unpacked},顺丰速运,SF0003",
        f"{NOBODYS},顺丰速运,SF0004",
        "A-17,顺丰速运,SF0005",
        f"{sent},顺丰速运,SF0006",
        f"{unpacked},,SF0007",
        f"{unpacked},顺丰速运,1.2E+12",
    )
    report = await ship(gifts, *rows)
    assert counts(report) == (1, 0, 0, 7)
    assert [(each["line"], each["code"]) for each in report["refusals"]] == [
        (3, "order_not_sent"),
        (4, "order_not_packed"),
        (5, "order_unknown"),
        (6, "order_unknown"),
        (7, "duplicate_in_file"),
        (8, "value_missing"),
        (9, "number_spoilt_by_excel"),
    ]
    assert counts(await ship(gifts, *rows)) == (0, 0, 1, 7), "the same file changes nothing"
    assert counts(await ship(gifts, f"{sent},顺丰速运,SF9999")) == (0, 1, 0, 0)
    seen = await gifts.look(ann, sent)
    assert (seen["state"], seen["parcel"]["number"]) == ("shipped", "SF9999")
    await gifts.work_off()
    assert (await gifts.notices(ann)).count("gift_boxes.shipped") == 1
    assert told(await gifts.of_order(bob, sent, "receipt")) == (404, "not_found")
    received = await gifts.of_order(ann, sent, "receipt")
    assert received.json()["state"] == "closed"
    assert told(await gifts.of_order(ann, sent, "receipt")) == (409, "state_conflict")
    assert counts(await ship(gifts, f"{sent},圆通,YT1")) == (0, 0, 0, 1)
    await assert_books_are_right(rooms)


async def test_what_is_picked_up_is_handed_out_once_by_pass_or_name_and_can_be_undone(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    """A second scan hears who, when and where; nobody has to confirm it: time closes it."""
    box, ann = await gifts.box(quantity=9), await make.member(name="欧阳修")
    order_id = await gifts.paid(ann, (box, 2))
    for form in ("", ".svg", ".png"):
        early = await gifts.client.get(
            f"{ORDERS}/{order_id}/pass{form}", headers=auth(make.token(ann))
        )
        assert told(early) == (409, "state_conflict"), "not packed yet"
    await gifts.pack(order_id)
    await gifts.work_off()
    assert "gift_boxes.ready" in await gifts.notices(ann)
    for form, kind in ((".svg", "image/svg+xml"), (".png", "image/png")):
        drawn = await gifts.client.get(
            f"{ORDERS}/{order_id}/pass{form}", headers=auth(make.token(ann))
        )
        assert drawn.headers["content-type"] == kind
    shown = await show_pass(gifts, ann, order_id)
    await gifts.later(timedelta(seconds=61))
    assert told(await gifts.hand_out(text=shown)) == (409, "pass_expired")
    assert told(await gifts.hand_out(text="not a pass")) == (404, "code_unknown")
    assert told(await gifts.hand_out(name="欧阳修", phone_last4="0000")) == (404, "code_unknown")
    half = await gifts.hand_out(name="欧阳修")
    assert half.json()["errors"][0]["code"] == "show_one"
    elsewhere = await gifts.hand_out(text=await show_pass(gifts, ann, order_id), site_id=NOBODYS)
    assert elsewhere.json()["errors"][0]["code"] == "site_unknown"
    shown = await show_pass(gifts, ann, order_id)
    unpacked = await gifts.client.post(
        f"{ADMIN_ORDERS}/{order_id}/unpacking",
        headers=await gifts.as_staff(),
        json={"reason": "少装一份"},
    )
    assert unpacked.status_code == 200, unpacked.text
    assert told(await gifts.hand_out(text=shown)) == (409, "state_conflict"), "packed no more"
    await gifts.pack(order_id)
    handed = await gifts.hand_out(text=shown)
    assert handed.status_code == 201, handed.text
    body = handed.json()
    assert (body["name"], body["boxes"]) == ("欧**", [{"name": box["name"], "quantity": 2}])
    second = await gifts.hand_out(name="欧阳 修", phone_last4="1234")
    assert told(second) == (409, "already_collected")
    assert second.json()["first"]["site_name"] == box["sites"][0]["name"]
    path, desk = f"{PICKUPS}/{body['id']}/reversal", await gifts.as_staff(Role.DESK)
    undone = await gifts.client.post(path, headers=desk, json={"reason": "发错人"})
    assert (undone.json()["state"], undone.json()["order_state"]) == ("reversed", "packed")
    again = await gifts.client.post(path, headers=desk, json={"reason": "发错人"})
    assert told(again) == (409, "state_conflict")
    assert (await gifts.hand_out(name="欧阳 修", phone_last4="1234")).status_code == 201
    listed = await gifts.client.get(PICKUPS, headers=desk)
    assert [each["state"] for each in listed.json()["items"]] == ["collected", "reversed"]
    more = [await gifts.paid(ann, (await gifts.box(), 1)) for _ in range(2)]
    await gifts.pack(*more)
    several = await gifts.hand_out(name="欧阳修", phone_last4="1234")
    assert (told(several), several.json()["matches"]) == ((409, "several_match"), 2)
    accesses = await gifts.client.get("/v1/me/data-accesses", headers=auth(make.token(ann)))
    assert {each["act"] for each in accesses.json()["items"]} == {"gift_boxes.hand_out"}
    await gifts.later(14 * DAY)
    await gifts.work_off()
    assert await gifts.state(ann, order_id) == "picked_up"
    rules = await gifts.client.patch(
        STAFF + "/rules/fulfilment",
        headers=await gifts.as_staff(),
        json={"version": 1, "close_after_days": 13, "reason": "都领完了"},
    )
    assert rules.json()["close_after_days"] == 13
    await gifts.later(HOUR)
    await gifts.work_off()
    assert await gifts.state(ann, order_id) == "closed"
    await assert_books_are_right(rooms)


async def test_what_nobody_fetches_lapses_once_the_money_whole_and_its_boxes_as_staff_chose(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    now = rooms.clock.now()
    site = gifts.site() | {"closes_at": (now + 2 * DAY).isoformat()}
    box = await gifts.box(quantity=5, free_quantity=1, sites=[site])
    ann, bob = await make.member(), await hard_up(make)
    sold = await gifts.paid(ann, (box, 2))
    given = await gifts.claim_free(bob, box)
    assert given.status_code == 201, given.text
    await gifts.pack(sold)
    await gifts.later(2 * DAY - HOUR)
    await gifts.work_off()
    assert await gifts.state(ann, sold) == "packed"
    await gifts.later(HOUR)
    await gifts.work_off()
    await gifts.later(HOUR)
    await gifts.work_off()
    seen = await gifts.look(ann, sold)
    assert (seen["state"], seen["refunded_fen"]) == ("refunded", 2 * PRICE)
    free = await gifts.look(bob, given.json()["order_id"])
    assert (free["state"], free["cancel_cause"]) == ("cancelled", "not_fetched")
    assert (await gifts.notices(ann)).count("gift_boxes.not_fetched") == 1
    assert await gifts.left(box) == 5, "sold again, which is what the rules say unless changed"
    assert len((await gifts.whole(sold))["refunds"]) == 1
    await assert_books_are_right(rooms)


async def test_a_supplier_sees_its_own_boxes_and_orders_and_its_money_to_the_fen(
    gifts: Gifts, make: Factory, rooms: Rooms
) -> None:
    """Nothing of another's: not in lists, nor packed or sent by it, nor on its sheet. What is on
    the sheets is what the payments room has, whatever went back, and however."""
    ours, _, our_id = await gifts.supplier("海滨食品")
    theirs, _, their_id = await gifts.supplier("崂山茶业")
    box = await gifts.box(member_price_fen=PRICE, quantity=9)
    tea = await gifts.box(name="茶礼盒", member_price_fen=3_333, quantity=9)
    for each, merchant_id in ((box, our_id), (tea, their_id)):
        assert (await set_supplier(gifts, each, merchant_id)).status_code == 200
    assert (await set_supplier(gifts, box, NOBODYS)).json()["errors"][0]["code"] == (
        "merchant_unknown"
    )
    ann, bob = await make.member(), await make.member()
    own = await gifts.paid(ann, (box, 2), delivery=ADDRESS)
    mixed = await gifts.paid(bob, (box, 1), (tea, 2), delivery=ADDRESS)
    assert told(await set_supplier(gifts, box, their_id)) == (409, "state_conflict")
    lines = await gifts.client.get(ADMIN_ORDERS + "/packing", headers=theirs)
    assert [each["box"] for each in lines.json()["items"]] == ["茶礼盒"]
    assert await gifts.pack(own, mixed, headers=theirs) == ["not_found", "not_found"]
    for path in ("", f"/{own}"):
        closed = await gifts.client.get(ADMIN_ORDERS + path, headers=theirs)
        assert told(closed) == (403, "forbidden")
    listed = await table(gifts, "/packing.csv", ours)
    assert [(row["Order"], row["Address"]) for row in listed] == [
        (own, ADDRESS["address"]),
        (mixed, ""),
    ], "the shop sends what is of several"
    accesses = await gifts.client.get("/v1/me/data-accesses", headers=auth(make.token(ann)))
    assert [each["act"] for each in accesses.json()["items"]] == ["gift_boxes.pack"]
    assert await gifts.pack(own, headers=ours) == [None]
    foreign = await ship(gifts, f"{own},顺丰速运,SF1", headers=theirs)
    assert foreign["refusals"][0]["code"] == "order_unknown"
    foreign_unpacking = await gifts.client.post(
        f"{ADMIN_ORDERS}/{own}/unpacking", headers=theirs, json={"reason": "点错"}
    )
    assert told(foreign_unpacking) == (404, "not_found")
    assert counts(await ship(gifts, f"{own},顺丰速运,SF1", headers=ours)) == (1, 0, 0, 0)
    whole = await gifts.whole(mixed)
    line_id = next(each["id"] for each in whole["lines"] if each["box_id"] == tea["id"])
    back = await gifts.refund(mixed, lines=[{"line_id": line_id, "quantity": 1}])
    assert back.status_code == 201, back.text
    await give_back_money(gifts, mixed, 1_000)
    await gifts.work_off()
    our_rows, their_rows = await sheet(gifts, ours), await sheet(gifts, theirs)
    # 1,000 fen of 9,900 and 6,666, in the order of the lines: 597 and 403.
    assert [row["Amount"] for row in our_rows] == ["198.00", "99.00", "-5.97", "291.03"]
    assert [row["Amount"] for row in their_rows] == ["66.66", "-33.33", "-4.03", "29.30"]
    everything = await sheet(gifts, await gifts.as_staff(Role.FINANCE))
    async with rooms.sessions() as session:
        kept = await session.scalar(
            text("SELECT sum(received_fen - refunded_fen) FROM payment WHERE state = 'paid'")
        )
    assert everything[-1]["Amount"] == f"{kept / 100:.2f}"
    stranger = await gifts.client.get(
        ADMIN_ORDERS + "/supplier-sheet.csv",
        headers=theirs,
        params={**PERIOD, "merchant_id": our_id},
    )
    assert told(stranger) == (404, "not_found")
    book = await gifts.client.get(
        ADMIN_ORDERS + "/supplier-sheet.xlsx", headers=ours, params=PERIOD
    )
    assert book.content[:2] == b"PK"
    await assert_books_are_right(rooms)


async def give_back_money(gifts: Gifts, order_id: str, amount_fen: int) -> None:
    """Of the payment alone."""
    finance = await gifts.as_staff(Role.FINANCE)
    found = await gifts.client.get(
        "/v1/admin/payments", headers=finance, params={"payable_id": order_id}
    )
    [payment] = found.json()["items"]
    back = await gifts.client.post(
        f"/v1/admin/payments/{payment['id']}/refunds",
        headers=finance,
        json={"amount_fen": amount_fen, "reason": "少了一包"},
    )
    assert back.status_code == 201, back.text


async def hard_up(make: Factory, category: Category = Category.HARDSHIP) -> Member:
    return await make.member(categories=[category])
