"""Free boxes: those in hardship first, then outdoor workers; one a person, until none is left."""

from collections.abc import Sequence

from app.replay.gift_boxes.plan import Plan
from app.replay.gift_boxes.sale import Order, Sale
from app.replay.members import NewMember
from app.replay.troupe import Troupe
from app.replay.wire import Answer, crowd

AT_ONCE = 64
CLAIM = "claiming a free box"
AGAIN = "the same claim of a free box again"


class FreeBoxes:
    """Who claims them. The last of `people` comes when none is left."""

    def __init__(self, troupe: Troupe, sale: Sale, plan: Plan, people: Sequence[NewMember]) -> None:
        self._troupe, self._stage, self._sale = troupe, troupe.stage, sale
        *claiming, self._last = people
        wanted = zip(plan.free_orders, claiming, strict=True)
        self.orders = [Order(each, person) for each, person in wanted]
        self._first, self._then = self.orders[: plan.free_first], self.orders[plan.free_first :]

    async def claim_first(self, stranger: NewMember) -> None:
        """Members in hardship, each one, and once; nobody else has one yet, and some never."""
        order = self._then[0]
        early = await self._claim(order, order.person, "early")
        self._stage.expect(early, "not_open", act=f"{CLAIM} before one may")
        entitled = await self._claim(order, stranger, "1")
        self._stage.expect(entitled, "not_eligible", act=f"{CLAIM} that is for others")
        await crowd(self._first, self._have, at_once=AT_ONCE)
        first = self._first[0]
        again = await self._claim(first, first.person, "1")
        if self._stage.expect(again, "201", act=AGAIN) and again.body["order_id"] != first.id:
            self._stage.surprises.note(f"{AGAIN}: another box")
        second = await self._claim(first, first.person, "2")
        self._stage.expect(second, "limit_reached", act="a second free box for one person")

    async def claim_then(self) -> None:
        """Outdoor workers, until there are no more."""
        await crowd(self._then, self._have, at_once=AT_ONCE)
        late = await self._claim(self.orders[0], self._last, "1")
        self._stage.expect(late, "sold_out", act=f"{CLAIM} when none is left")

    async def _have(self, order: Order) -> None:
        answer = await self._claim(order, order.person, "1")
        if self._stage.expect(answer, "201", act=CLAIM):
            order.id = str(answer.body["order_id"])
        self._stage.progress.step()

    async def _claim(self, order: Order, person: NewMember, press: str) -> Answer:
        [(box, _)] = order.wanted.lines
        return await self._stage.wire.send(
            "POST",
            f"{self._sale.path(box)}/free-claims",
            token=self._stage.member_token(person.account),
            key=f"{self._stage.seed}-{person.account}-free-{press}",
            body={"delivery": self._sale.delivery(order.wanted.how, person)},
        )
