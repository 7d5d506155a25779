"""Of twenty times as many buyers as boxes, with faults of every kind in the middle, exactly as
many have one, kept or held, as there are: none is lost, none is sold twice.

300 buyers on 15 boxes with the other tests; `--matrix` plays 10,000 on 500.
"""

from uuid import UUID

import pytest
from sqlalchemy import text

from tests.faults.boxes.money import assert_nothing_is_lost
from tests.faults.boxes.rush import BoxRush, Size
from tests.faults.boxes.shop import BoxShop

pytestmark = pytest.mark.anyio

ORDERS = text("SELECT id, member_id, state FROM gift_boxes_order ORDER BY id")


async def test_as_many_orders_are_kept_or_held_as_there_are_boxes(
    busy_shop: BoxShop, size: Size
) -> None:
    shop = busy_shop
    rush = await BoxRush.prepare(shop, size)
    await rush.come()
    assert shop.processes.not_reached() == set(), "nobody was killed there"
    orders = await shop.rows(ORDERS)
    told = {UUID(each): place for place, each in rush.ordered.items()}
    assert {order["id"] for order in orders} == set(told), "an order that nobody was told of"
    for order in orders:
        place = told[order["id"]]
        assert order["member_id"] == rush.buyers[place].member.id
        assert order["state"] == _expected(rush, place)
    live = [order for order in orders if order["state"] in {"paid", "placed"}]
    assert len(live) == len({order["member_id"] for order in live}) == size.boxes
    await assert_nothing_is_lost(shop, *rush.boxes)


def _expected(rush: BoxRush, place: int) -> str:
    if place in rush.gave_up:
        return "cancelled"
    return "paid" if place in rush.paid else "placed"
