"""Did anything get lost on the way? Orders, boxes, and the provider's own book, side by side."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.commands.verify import verify_deployment
from app.embedded.wechat_pay import Sandbox
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.rules import KEPT
from app.shared.stock import read_pools
from tests.faults.boxes.shop import BoxShop, Buyer
from tests.verify import assert_books_are_right

ORDERS_OF = text("""
    SELECT id, state, amount_fen FROM gift_boxes_order WHERE member_id = CAST(:id AS uuid)""")
PAYMENTS = text("SELECT number, payable_id FROM payment")
ORDERS = text("SELECT id, state, amount_fen FROM gift_boxes_order")
HELD = text("SELECT count(*) FROM gift_boxes_unit WHERE state = 'held' AND pool_id = :pool")
FAILED = text("SELECT kind FROM job WHERE state = 'failed'")
TOLD_TWICE = text("""
    SELECT member_id, kind FROM notice GROUP BY member_id, kind HAVING count(*) > 1""")


async def assert_nothing_is_lost(shop: BoxShop, *boxes: BoxFacts) -> None:
    """Of all orders and boxes: the provider's money for an order is what the order kept, and each
    box is free or somebody's."""
    kept = _kept_by_number(shop.sandbox)
    moneys: dict[UUID, int] = defaultdict(int)
    for payment in await shop.rows(PAYMENTS):
        moneys[payment["payable_id"]] += kept.pop(payment["number"], 0)
    assert not kept, "money for which there is no order"
    for order in await shop.rows(ORDERS):
        wanted = order["amount_fen"] if order["state"] in KEPT else 0
        assert moneys[order["id"]] == wanted, "an order's money is not what it kept"
    for box in boxes:
        held = await shop.value(HELD, pool=box.sold.id)
        async with shop.make.rooms.sessions() as session:
            pool = (await read_pools(session, [box.sold.id]))[box.sold.id]
        assert held + pool.free == box.sold.total, "a box was lost, or is there twice"
    assert not await shop.rows(FAILED)
    assert not await shop.rows(TOLD_TWICE)
    assert not shop.processes.complaints()
    await assert_books_are_right(shop.make.rooms)
    checks = await verify_deployment(shop.make.rooms.settings)
    assert not [check for check in checks if check.faults]


async def the_order_of(shop: BoxShop, buyer: Buyer) -> Mapping[str, Any]:
    """Whoever presses once has one."""
    orders = await shop.rows(ORDERS_OF, id=buyer.member.id)
    assert len(orders) == 1, "one press, and not one order"
    return orders[0]


def _kept_by_number(sandbox: Sandbox) -> dict[str, int]:
    """What came less what went, by our number of a payment, where there was any money."""
    book = sandbox._book
    came = {
        number: row["amount"]["total"]
        for number, row in book.trades.items()
        if "transaction_id" in row
    }
    return {number: total - book.refunded_fen(number) for number, total in came.items()}
