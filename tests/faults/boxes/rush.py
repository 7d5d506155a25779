"""Twenty times as many buyers as boxes, two processes and a provider, on the worst of days.

Of those who get a box some pay, some take their time, some give up; what they give up goes to
somebody who was told that nothing is left. Half-way through, whoever is at it is killed, Redis
forgets everything, and of what the provider says some is lost, some comes twice, some late.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from sqlalchemy import insert, text

from app.embedded.wechat_pay.notifier import Notice
from app.models.gift_boxes import GiftBoxesRules
from app.packs.gift_boxes.queries import BoxFacts
from app.shared.campaigns import current_campaign
from tests.faults.boxes.shop import NOTHING_IS_DUE, POLL_S, BoxShop, Buyer
from tests.faults.callers import PATIENCE_S, in_parallel

KINDS, CONNECTIONS = 5, 32
# Nothing lapses, however slow the machine is.
HOLD_MIN = 1_440
# Whoever was not told has asked by then.
ASKED = timedelta(minutes=10)
KILLED_AT = ("order: after commit 1", "payment: after prepay", "notification: in transaction 1")
FREE = text("""
    SELECT sum(total - issued) FROM stock_pool WHERE kind = 'gift_boxes_sold'""")


@dataclass(frozen=True)
class Size:
    buyers: int
    boxes: int

    def __str__(self) -> str:
        return f"{self.buyers} on {self.boxes}"


PART, WHOLE = Size(300, 15), Size(10_000, 500)


@dataclass
class Postman:
    """Brings the provider's words: every fifth is lost, the next comes twice, the next late."""

    shop: BoxShop
    late: list[Notice] = field(default_factory=list)
    lost: int = 0
    _places: "count[int]" = field(default_factory=count)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        is_over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._walk(is_over))
            try:
                yield
            finally:
                is_over.set()

    async def bring_what_is_late(self) -> None:
        """The last first."""
        for notice in reversed([*self.late, *self.shop.sandbox.notifier.take()]):
            await self.shop.tell(notice)

    async def _walk(self, is_over: asyncio.Event) -> None:
        while not is_over.is_set():
            for notice in self.shop.sandbox.notifier.take():
                await self._bring(notice, next(self._places))
            await asyncio.sleep(POLL_S)

    async def _bring(self, notice: Notice, place: int) -> None:
        urls = self.shop.processes.urls
        match place % 5:
            case 0:
                self.lost += 1
            case 1:
                await asyncio.gather(*(self.shop.tell_once(notice, url) for url in urls))
            case 2:
                self.late.append(notice)
            case _:
                if not await self.shop.tell_once(notice, urls[place % len(urls)]):
                    self.late.append(notice)


@dataclass
class BoxRush:
    """Buyers by their places. `ordered` is what they were told, `paid` what their phones say."""

    shop: BoxShop
    size: Size
    boxes: Sequence[BoxFacts]
    buyers: Sequence[Buyer]
    ordered: dict[int, str] = field(default_factory=dict)
    paid: set[int] = field(default_factory=set)
    gave_up: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)

    @classmethod
    async def prepare(cls, shop: BoxShop, size: Size) -> "BoxRush":
        rooms = shop.make.rooms
        async with rooms.sessions.begin() as session:
            campaign = await current_campaign(session)
            await session.execute(
                insert(GiftBoxesRules).values(campaign_id=campaign.id, hold_min=HOLD_MIN)
            )
        boxes = [await shop.box(quantity=size.boxes // KINDS, per_person=1) for _ in range(KINDS)]
        return cls(shop, size, boxes, await shop.buyers(size.buyers))

    async def come(self) -> None:
        """Everybody wants one; in the end nothing is left, and every word has come."""
        postman = Postman(self.shop)
        async with postman.at_work():
            await in_parallel(range(self.size.buyers), self._visit, CONNECTIONS)
            async with asyncio.timeout(PATIENCE_S):
                while await self.shop.value(FREE):
                    await in_parallel(sorted(self.refused), self._come_back, CONNECTIONS)
        await postman.bring_what_is_late()
        assert postman.lost
        await self.shop.later(ASKED)
        await self.shop.until(NOTHING_IS_DUE)

    async def _visit(self, place: int) -> None:
        if not await self._is_granted(place):
            return
        if len(self.ordered) == self.size.boxes // 2:
            await self._strike()
        await self._make_up_their_mind(place, self.ordered[place])

    async def _strike(self) -> None:
        self.shop.processes.ask_to_die(*KILLED_AT)
        await self.shop.make.rooms.redis.flushdb()

    async def _come_back(self, place: int) -> None:
        """Who was told that nothing is left, and hears of what was given up."""
        if await self._is_granted(place):
            self.refused.discard(place)

    async def _is_granted(self, place: int) -> bool:
        answer = await self.shop.try_order(self.buyers[place], self.boxes[place % KINDS])
        if answer.status_code == 201:
            self.ordered[place] = answer.json()["id"]
            return True
        assert answer.json()["code"] == "sold_out", answer.text
        self.refused.add(place)
        return False

    async def _make_up_their_mind(self, place: int, order_id: str) -> None:
        buyer = self.buyers[place]
        match len(self.ordered) % 8:
            case 0:
                await self.shop.cancel(buyer, order_id)
                self.gave_up.add(place)
            case 1 | 2:
                return
            case _:
                await self.shop.phone(await self.shop.start(buyer, order_id))
                self.paid.add(place)
