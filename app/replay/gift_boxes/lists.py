"""What comes free during the sale: whose turn it is is offered it, takes it or says nothing."""

from collections.abc import Sequence

from app.replay.gift_boxes.phone import AT_ONCE, Phones
from app.replay.gift_boxes.plan import SCARCE, Course, Plan, one
from app.replay.gift_boxes.sale import BOXES, Order, Sale
from app.replay.members import NewMember
from app.replay.troupe import Troupe
from app.replay.wire import crowd

ACCEPT = "accepting an offer"


async def cancel(troupe: Troupe, orders: Sequence[Order]) -> None:
    """Who gives an order up unpaid; the same again changes nothing, and tells so."""

    async def one_of_them(order: Order) -> None:
        path, body = f"{order.path}/cancellation", {"reason": "买多了"}
        await troupe.act(order.buyer, path, body, act="cancelling an order")
        troupe.stage.progress.step()

    await crowd(orders, one_of_them, at_once=AT_ONCE)
    again = await troupe.send(orders[0].buyer, f"{orders[0].path}/cancellation", {})
    troupe.stage.expect(again, "state_conflict", act="cancelling an order twice")


async def wait_after_cancelling(troupe: Troupe, sale: Sale, order: Order) -> None:
    """Who gave one up is not offered it again."""
    path = f"{sale.path(order.wanted.lines[0][0])}/waitlist"
    act = "waiting for what was given up"
    await troupe.act(order.buyer, path, expects="not_offered_again", act=act)


async def accept(
    troupe: Troupe, sale: Sale, phones: Phones, heads: Sequence[tuple[NewMember, int]]
) -> list[Order]:
    """They take what they are offered, and pay."""
    orders: list[Order] = []

    async def one_of_them(head: tuple[NewMember, int]) -> None:
        person, box = head
        order = Order(one(Course.ACCEPTED, box), person)
        offer_id = await _find_offer(troupe, sale, person, box)
        path = f"{BOXES}/offers/{offer_id}/acceptance"
        body = {"delivery": sale.delivery(order.wanted.how, person)}
        order.keep(await troupe.act(order.buyer, path, body, act=ACCEPT))
        orders.append(order)

    await crowd(heads, one_of_them, at_once=AT_ONCE)
    await phones.buy(orders)
    return orders


async def _find_offer(troupe: Troupe, sale: Sale, person: NewMember, box: int) -> str:
    for seen in await troupe.read_all(person.account, BOXES):
        if seen["id"] == sale.box_id(box) and seen["mine"]["offer"]:
            return str(seen["mine"]["offer"]["id"])
    troupe.stage.surprises.note("whose turn it is on the waiting list is offered nothing")
    return ""


def first_offered(plan: Plan, heads: Sequence[Sequence[NewMember]]) -> list[tuple[NewMember, int]]:
    """Who are offered what comes free, and take it. Those before them in the list are silent."""
    return [
        (person, box) for box in SCARCE for person in heads[box][plan.silent[box] : plan.freed[box]]
    ]


def then_offered(plan: Plan, heads: Sequence[Sequence[NewMember]]) -> list[tuple[NewMember, int]]:
    """Who are offered what the silent ones have let go."""
    return [(person, box) for box in SCARCE for person in heads[box][plan.freed[box] :]]


async def count_lapsed(troupe: Troupe, plan: Plan, heads: Sequence[Sequence[NewMember]]) -> int:
    """Offers that ran out, by what their holders were told."""
    count = 0
    for box in SCARCE:
        for person in heads[box][: plan.silent[box]]:
            told = await troupe.read_all(person.account, "/v1/me/notices")
            count += sum(notice["kind"] == "gift_boxes.offer_lapsed" for notice in told)
    return count
