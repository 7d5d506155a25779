"""Many buyers, few boxes, each order of two kinds named in either order: never more than there
are, none lost, nobody in a circle. D6: reservations that were made past each other (cases.md).

The control holds the same race where nobody locks: it sells too many, or the race proves nothing.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.models.gift_boxes import GiftBoxesOrder, GiftBoxesUnit
from app.models.states_gift_boxes import DeliveryMode, UnitState
from app.packs.gift_boxes.holder import cancel_order
from app.packs.gift_boxes.ordering import WantedLine, place_order
from app.packs.gift_boxes.orders import Delivery
from app.packs.gift_boxes.queries import BoxFacts
from app.platform.errors import Refusal
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from tests.conftest import empty, own_database
from tests.factories import Factory
from tests.gifting import box_on_sale
from tests.locks import unwritable
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

PROCESSES, BOXES, BUYERS = 3, 2, 6
HOME = Delivery(DeliveryMode.DELIVERY, None, "王小明", "19900001234", "书院路 2 号")
NOBODY_LISTENS = "redis://127.0.0.1:1/0"
UNGUARDED = (
    "ALTER TABLE stock_pool DROP CONSTRAINT ck_stock_pool_issued_within_total",
    "ALTER TABLE stock_entry DROP CONSTRAINT pk_stock_entry",
    "ALTER TABLE stock_use DROP CONSTRAINT ck_stock_use_used_within_cap",
)
# Groups and pools that cannot be locked: a row of a function has no lock.
UNLOCKED = (
    "ALTER TABLE stock_group RENAME TO group_rows",
    """CREATE FUNCTION unlocked_groups() RETURNS SETOF group_rows
       LANGUAGE sql AS 'SELECT * FROM group_rows'""",
    "CREATE VIEW stock_group AS SELECT * FROM unlocked_groups()",
    "ALTER TABLE stock_pool RENAME TO pool_rows",
    """CREATE FUNCTION unlocked_pools() RETURNS SETOF pool_rows
       LANGUAGE sql AS 'SELECT * FROM pool_rows'""",
    "CREATE VIEW stock_pool AS SELECT * FROM unlocked_pools()",
    """CREATE FUNCTION write_pool() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN UPDATE pool_rows SET issued = NEW.issued, seq = NEW.seq WHERE id = OLD.id;
        RETURN NEW; END'""",
    """CREATE TRIGGER write_pool INSTEAD OF UPDATE ON stock_pool
       FOR EACH ROW EXECUTE FUNCTION write_pool()""",
)


class Race:
    """`answers` counts what buyers were told."""

    def __init__(self, processes: list[Rooms], make: Factory) -> None:
        self.processes, self.make = processes, make
        self.answers: Counter[str] = Counter()

    async def box(self, quantity: int) -> BoxFacts:
        return await box_on_sale(self.make, quantity)

    async def order_all(self, boxes: list[BoxFacts], people: list[Member]) -> None:
        """Each from another process than the one before, the boxes in turns the other way round."""
        await asyncio.gather(
            *(
                self._order(place, boxes[:: 1 if place % 2 else -1], member)
                for place, member in enumerate(people)
            )
        )

    async def cancel_everywhere(self) -> None:
        """Each order from every process at the same moment."""
        async with self.make.rooms.sessions() as session:
            orders = (await session.scalars(select(GiftBoxesOrder))).all()
        await asyncio.gather(*(self._cancel(rooms, o) for o in orders for rooms in self.processes))

    async def held(self) -> int:
        async with self.make.rooms.sessions() as session:
            count = select(func.count()).where(GiftBoxesUnit.state == UnitState.HELD)
            return int(await session.scalar(count) or 0)

    async def _order(self, place: int, boxes: list[BoxFacts], member: Member) -> None:
        rooms = self.processes[place % len(self.processes)]
        with self._told():
            await place_order(
                rooms.stock,
                rooms.gift_boxes,
                rooms.sessions,
                rooms.clock,
                rooms.sealer,
                self.make.once,
                member=member,
                actor=member.acting(rooms.digester),
                lines=[WantedLine(box.id, 1) for box in boxes],
                delivery=HOME,
            )

    async def _cancel(self, rooms: Rooms, order: GiftBoxesOrder) -> None:
        with self._told():
            await cancel_order(
                rooms.stock,
                rooms.gift_boxes,
                rooms.sessions,
                rooms.clock,
                rooms.sealer,
                self.make.once,
                member_id=order.member_id,
                actor=self.make.actor,
                order_id=order.id,
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            self.answers[refusal.code] += 1
        else:
            self.answers["done"] += 1


@asynccontextmanager
async def race_on(settings: Settings, provider: IdentityProvider) -> AsyncIterator[Race]:
    """Without Redis: the turnstile would keep the crowd away from the books."""
    await empty(settings)
    settings = settings.model_copy(update={"redis_url": NOBODY_LISTENS})
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(open_rooms(settings)) for _ in range(PROCESSES)
        ]
        yield Race(processes, Factory(processes[0], provider))


async def rush(race: Race, boxes: list[BoxFacts]) -> None:
    """All at once, held before the books' entries until all stand there or behind who does."""
    people = await race.make.members(BUYERS)
    async with unwritable(race.make.rooms.engine, "stock_entry") as until_waiting:
        orders = asyncio.create_task(race.order_all(boxes, people))
        await until_waiting(BUYERS)
    await orders


async def test_D6_buyers_of_two_boxes_at_once_get_no_more_than_there_are_and_all_or_nothing(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    async with race_on(settings, identity_provider) as race:
        await rush(race, [await race.box(BOXES), await race.box(BOXES + 1)])
        assert race.answers == {"done": BOXES, "sold_out": BUYERS - BOXES}
        assert await race.held() == 2 * BOXES
        await assert_books_are_right(race.make.rooms)
        race.answers.clear()
        await race.cancel_everywhere()
        assert race.answers == {"done": BOXES, "state_conflict": BOXES * (PROCESSES - 1)}
        assert await race.held() == 0
        await assert_books_are_right(race.make.rooms)


async def test_the_control_sells_too_many_where_nobody_locks(
    settings: Settings,
    identity_provider: IdentityProvider,
) -> None:
    unguarded = await unguarded_database(settings, "unguarded_gift_boxes")
    async with race_on(unguarded, identity_provider) as race:
        box = await race.box(BOXES)
        await alter(unguarded, UNLOCKED)
        # One box: without locks in one order, two of them would end in a circle.
        await rush(race, [box])
        assert race.answers == {"done": BUYERS}
        assert await race.held() == BUYERS > BOXES


async def unguarded_database(settings: Settings, name: str) -> Settings:
    """One of its own, whose flush locks nothing and whose tables refuse nothing."""
    guarded = await own_database(settings, name)
    await alter(guarded, UNGUARDED)
    engine = create_async_engine(str(guarded.database_url))
    async with engine.begin() as connection:
        source = await connection.exec_driver_sql(
            "SELECT pg_get_functiondef('stock_flush'::regproc::oid)"
        )
        locking: str = source.scalar_one()
        assert "FOR NO KEY UPDATE" in locking
        await connection.exec_driver_sql(locking.replace("FOR NO KEY UPDATE", ""))
    await engine.dispose()
    return guarded


async def alter(settings: Settings, statements: tuple[str, ...]) -> None:
    engine = create_async_engine(str(settings.database_url))
    async with engine.begin() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
    await engine.dispose()
