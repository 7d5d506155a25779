"""`kill -9` at every step between hold, order, payment, callback and refund loses nothing.

Real processes, killed where they stand (`door.py`) and started again; whoever was not answered
asks again as before. In the end there is one order, its money is where it belongs, no box is lost
or there twice, and `verify` is clean. `--matrix` plays each step for itself, and all of a way.
"""

from dataclasses import replace

import pytest

from tests.faults.boxes.money import assert_nothing_is_lost, the_order_of
from tests.faults.boxes.shop import BoxShop
from tests.faults.boxes.ways import KNOWN, Way
from tests.faults.callers import callers

pytestmark = pytest.mark.anyio


async def test_nothing_is_lost_when_processes_are_killed_on_the_way(
    shop: BoxShop, way: Way, killed_at: tuple[str, ...]
) -> None:
    box, [buyer] = await shop.box(quantity=1, per_person=1), await shop.buyers(1)
    shop.processes.ask_to_die(*killed_at)
    await way.play(shop, buyer, box)
    await shop.come_to_rest()
    assert shop.processes.not_reached() == set(), "nobody was killed there"
    assert shop.processes.deaths.total() == len(killed_at)
    # A step that is new, and at which no cell kills anybody.
    assert shop.processes.seen() <= KNOWN
    assert (await the_order_of(shop, buyer))["state"] == way.ends
    await assert_nothing_is_lost(shop, box)


async def test_the_control_of_keys_sees_a_second_order_where_a_repeat_is_not_known(
    shop: BoxShop,
) -> None:
    """Here a lost answer is asked for again under another key."""
    box, [buyer] = await shop.box(quantity=2, per_person=2), await shop.buyers(1)
    shop.processes.ask_to_die("order: after commit 1")
    async with callers(shop.processes.urls[:1], forgets_keys=True) as forgetful:
        await replace(shop, callers=forgetful).order(buyer, box)
    with pytest.raises(AssertionError, match="one press, and not one order"):
        await the_order_of(shop, buyer)


async def test_the_control_of_words_sees_money_that_nobody_asks_after(shop: BoxShop) -> None:
    """Here the provider says it once, and no time passes in which a worker would ask."""
    box, [buyer] = await shop.box(quantity=1, per_person=1), await shop.buyers(1)
    order_id = await shop.order(buyer, box)
    await shop.phone(await shop.start(buyer, order_id))
    shop.processes.ask_to_die("notification: in transaction 1")
    [notice] = shop.sandbox.notifier.take()
    assert not await shop.tell_once(notice)
    with pytest.raises(AssertionError, match="an order's money is not what it kept"):
        await assert_nothing_is_lost(shop, box)
