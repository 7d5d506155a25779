"""The opening: who orders with care, the crowd that comes for the rest, and who waits then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from app.replay.gift_boxes.plan import PRICES, SCARCE, Course, Plan, one
from app.replay.gift_boxes.sale import ORDERS, Order, Sale
from app.replay.members import NewMember
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.wire import Answer, Cut, crowd

CAREFUL_AT_ONCE, PRESSERS_AT_ONCE = 24, 128
# One presser in so many loses the answer and asks again; one who won wants more than one may have.
LOST_EVERY, GREEDY_EVERY = 25, 40
ORDER, WAIT = "ordering", "joining the waiting list"
AGAIN = "the same order again"


@dataclass(frozen=True, slots=True)
class People:
    """Who comes for what. `heads` stand first on the lists of the scarce boxes."""

    careful: Sequence[Order]
    pressers: Sequence[Order]
    heads: Sequence[Sequence[NewMember]]
    waiters: Sequence[tuple[NewMember, int]]


@dataclass(slots=True)
class Rush:
    won: list[Order] = field(default_factory=list)
    lost: list[Order] = field(default_factory=list)


def people_of(plan: Plan, seed: int, members: Sequence[NewMember]) -> People:
    """Whoever wants one box comes among those who want another."""
    coming = iter(members)
    careful = [Order(wanted, next(coming)) for wanted in plan.careful]
    wants = [box for box in SCARCE for _ in range(plan.pressers[box])]
    Random(f"{seed}-gift-boxes").shuffle(wants)  # noqa: S311 (a play's luck, not a secret)
    pressers = [Order(one(Course.PLAIN, box), next(coming)) for box in wants]
    heads = [[next(coming) for _ in range(count)] for count in plan.heads]
    waiters = [(person, place % len(SCARCE)) for place, person in enumerate(coming)]
    return People(careful, pressers, heads, waiters)


async def come_too_early(troupe: Troupe, sale: Sale, order: Order) -> None:
    answer = await _send(troupe, sale, order, "early")
    troupe.stage.expect(answer, "not_open", act="ordering before the sale")


async def order_with_care(troupe: Troupe, sale: Sale, orders: Sequence[Order]) -> None:
    """The first by himself: he asks for yesterday's price, and sends the order twice. By him a
    later play knows that this one has been."""
    first = orders[0]
    body = sale.body(first, [price - 1 for price in PRICES])
    stale = await troupe.send(first.buyer, ORDERS, body)
    troupe.stage.expect(stale, "price_changed", act="ordering at another price")
    await _place(troupe, sale, first)
    again = await _send(troupe, sale, first, "1")
    if troupe.stage.expect(again, "201", act=AGAIN) and again.body["id"] != first.id:
        troupe.stage.surprises.note(f"{AGAIN}: another order")

    async def place(order: Order) -> None:
        await _place(troupe, sale, order)

    await crowd(orders[1:], place, at_once=CAREFUL_AT_ONCE)


async def _place(troupe: Troupe, sale: Sale, order: Order) -> None:
    answer = await _send(troupe, sale, order, "1")
    if troupe.stage.expect(answer, "201", act=ORDER):
        order.keep(answer.body)
        if answer.body["amount_fen"] != order.wanted.amount_fen:
            troupe.stage.surprises.note(f"{ORDER}: not at the prices shown")
    troupe.stage.progress.step()


async def press(troupe: Troupe, sale: Sale, pressers: Sequence[Order]) -> Rush:
    """Everybody at once, more than there are boxes."""
    rush, stage = Rush(), troupe.stage
    in_a_tunnel = {order.buyer for order in pressers[::LOST_EVERY]}

    async def one_of_them(order: Order) -> None:
        if order.buyer in in_a_tunnel:
            await _lose(stage, sale, order)
        answer = await _send(troupe, sale, order, "1")
        if stage.expect(answer, "201", "sold_out", act=f"{ORDER} in the rush"):
            if answer.status == 201:
                order.keep(answer.body)
            (rush.won if order.id else rush.lost).append(order)
        stage.progress.step()

    await crowd(pressers, one_of_them, at_once=PRESSERS_AT_ONCE)
    for greedy in rush.won[::GREEDY_EVERY]:
        more = sale.body(greedy)
        more["lines"] = [{"box_id": sale.box_id(greedy.wanted.lines[0][0]), "quantity": 2}]
        refused = await troupe.send(greedy.buyer, ORDERS, more)
        stage.expect(refused, "limit_reached", "sold_out", act="ordering more than one may")
    return rush


async def _lose(stage: Stage, sale: Sale, order: Order) -> None:
    """The answer does not arrive, and the app asks again."""
    await stage.wire.lose(
        "POST",
        ORDERS,
        cut=Cut.LATE,
        token=stage.member_token(order.buyer),
        key=_key(stage, order, "1"),
        body=sale.body(order),
    )


async def _send(troupe: Troupe, sale: Sale, order: Order, press_no: str) -> Answer:
    stage = troupe.stage
    return await stage.wire.send(
        "POST",
        ORDERS,
        token=stage.member_token(order.buyer),
        key=_key(stage, order, press_no),
        body=sale.body(order),
    )


def _key(stage: Stage, order: Order, press_no: str) -> str:
    return f"{stage.seed}-{order.buyer}-{press_no}"


async def line_up(troupe: Troupe, sale: Sale, people: People, plan: Plan) -> None:
    """One after the other, so that it is known whose turn is when; and one twice."""
    for box, heads in enumerate(people.heads):
        for place, person in enumerate(heads, start=1):
            path = f"{sale.path(box)}/waitlist"
            joined = await troupe.act(person.account, path, expects="201", act=WAIT)
            if joined.get("place") != place:
                troupe.stage.surprises.note(f"{WAIT}: not at its end")
            troupe.stage.progress.step()
    box = next(box for box in SCARCE if plan.heads[box])
    path, person = f"{sale.path(box)}/waitlist", people.heads[box][0]
    await troupe.act(person.account, path, expects="already_waiting", act=WAIT)


async def wait(troupe: Troupe, sale: Sale, waiters: Sequence[tuple[NewMember, int]]) -> None:
    """The crowd that has come for nothing."""

    async def one_of_them(waiter: tuple[NewMember, int]) -> None:
        person, box = waiter
        path = f"{sale.path(box)}/waitlist"
        await troupe.act(person.account, path, expects="201", act=WAIT)
        troupe.stage.progress.step()

    await crowd(waiters, one_of_them, at_once=PRESSERS_AT_ONCE)


async def look_at_the_page(stage: Stage, views: int, members: Sequence[NewMember]) -> None:
    """In turn."""

    async def look(number: int) -> None:
        token = stage.member_token(members[number % len(members)].account)
        seen = {"pack": "gift_boxes"}
        answer = await stage.wire.send("POST", "/v1/views", token=token, body=seen)
        stage.expect(answer, "202", act="a page view")
        stage.progress.step()

    await crowd(range(views), look, at_once=CAREFUL_AT_ONCE)
