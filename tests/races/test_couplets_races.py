"""Everybody at once, from four processes' rooms: pairs that are reserved, and pairs that are given
up and handed on. Never more than there are, none lost, none to two.

The controls run the same races in databases whose guards were taken out. They must reserve too
many, and hand one pair on twice, or the races prove nothing.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.models.couplets import CoupletsReservation
from app.models.waiting import WaitingOffer
from app.packs.couplets.events import create_event
from app.packs.couplets.holder import cancel_reservation
from app.packs.couplets.new_events import NewSite, NewVariant
from app.packs.couplets.queries import EventFacts
from app.packs.couplets.reserve import reserve
from app.packs.couplets.waitlist import join_list
from app.platform.db import is_passing
from app.platform.errors import Refusal, TemporarilyUnavailable
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.idempotency import KeyedRequest
from app.shared.identity.callers import Member
from tests.conftest import empty, own_database
from tests.factories import YEAR, Factory
from tests.packs.couplets.books import assert_couplets_are_right

pytestmark = pytest.mark.anyio

PROCESSES, PAIRS, PEOPLE, WAITING = 4, 5, 30, 8
ATTEMPTS = 10
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


class Race:
    """`answers` counts what callers were told, as apps that ask again at "not now"."""

    def __init__(self, processes: list[Rooms], make: Factory) -> None:
        self.processes, self.make = processes, make
        self.answers: Counter[str] = Counter()

    async def announce(self) -> EventFacts:
        await self.make.campaign()
        rooms, now = self.make.rooms, self.make.rooms.clock.now()
        return await create_event(
            rooms.sessions,
            rooms.clock,
            self.make.once,
            actor=self.make.actor,
            title="送万福、进万家",
            live_from=now,
            live_to=now + YEAR,
            reserve_opens_at=now - YEAR,
            reserve_closes_at=now + YEAR,
            variants=[NewVariant("七言春联", PAIRS, 1)],
            sites=[NewSite("市工人文化宫", "东海西路 1 号", now, now + YEAR)],
        )

    async def reserve_all(self, event: EventFacts, people: list[Member], phones: int = 2) -> None:
        """Each on so many phones, with a key each."""
        await asyncio.gather(
            *(
                self._until_told(lambda rooms, m=member, p=phone: self._reserve(rooms, event, m, p))
                for member in people
                for phone in range(phones)
            ),
            return_exceptions=True,
        )

    async def cancel_all(self, held: list[tuple[Member, UUID]]) -> None:
        """Each from every process at the same moment."""
        await asyncio.gather(
            *(
                self._until_told(lambda rooms, m=member, i=found: self._cancel(rooms, m, i))
                for member, found in held
                for _ in range(PROCESSES)
            ),
            return_exceptions=True,
        )

    async def wait(self, event: EventFacts, member: Member) -> None:
        rooms = self.make.rooms
        await join_list(
            rooms.stock,
            rooms.couplets,
            rooms.sessions,
            rooms.clock,
            self.make.once,
            member=member,
            actor=member.acting(rooms.digester),
            event_id=event.id,
            variant_id=event.variants[0].id,
            site_id=event.sites[0].id,
        )

    async def held(self, members: list[Member]) -> list[tuple[Member, UUID]]:
        by_id = {member.id: member for member in members}
        async with self.make.rooms.sessions() as session:
            rows = await session.execute(
                select(CoupletsReservation.member_id, CoupletsReservation.id)
            )
            return [(by_id[row[0]], row[1]) for row in rows]

    async def count(self, table: type[CoupletsReservation] | type[WaitingOffer]) -> int:
        async with self.make.rooms.sessions() as session:
            return int(await session.scalar(select(func.count()).select_from(table)) or 0)

    async def _until_told(self, act: Callable[[Rooms], Awaitable[object]]) -> None:
        place = sum(self.answers.values()) + len(asyncio.all_tasks())
        rooms = self.processes[place % PROCESSES]
        for _ in range(ATTEMPTS):
            try:
                await act(rooms)
            except Exception as error:
                if is_passing(error) or isinstance(error, TemporarilyUnavailable):
                    continue
                if not isinstance(error, Refusal):
                    raise
                self.answers[error.code] += 1
            else:
                self.answers["done"] += 1
            return
        raise TimeoutError("the service never came to answer")

    async def _reserve(self, rooms: Rooms, event: EventFacts, member: Member, phone: int) -> None:
        await reserve(
            rooms.stock,
            rooms.couplets,
            rooms.sessions,
            rooms.clock,
            rooms.closed,
            self.make.once,
            member=member,
            actor=member.acting(rooms.digester),
            event_id=event.id,
            variant_id=event.variants[0].id,
            site_id=event.sites[0].id,
            request=KeyedRequest(f"Member:{member.id}", f"POST {event.id}", str(phone), b"0" * 16),
        )

    async def _cancel(self, rooms: Rooms, member: Member, reservation_id: UUID) -> None:
        await cancel_reservation(
            rooms.stock,
            rooms.sessions,
            rooms.clock,
            rooms.sealer,
            self.make.once,
            member_id=member.id,
            actor=member.acting(rooms.digester),
            reservation_id=reservation_id,
        )


@asynccontextmanager
async def race_on(
    settings: Settings, provider: IdentityProvider, *, without_redis: bool = False
) -> AsyncIterator[Race]:
    """`without_redis`: the turnstile would keep the crowd away from books that are open."""
    await empty(settings)
    if without_redis:
        settings = settings.model_copy(update={"redis_url": NOBODY_LISTENS})
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(open_rooms(settings)) for _ in range(PROCESSES)
        ]
        yield Race(processes, Factory(processes[0], provider))


async def test_a_rush_on_two_phones_each_and_then_everybody_cancels_everywhere_at_once(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    async with race_on(settings, identity_provider) as race:
        event, people = await race.announce(), await race.make.members(PEOPLE)
        await race.reserve_all(event, people)
        assert race.answers["done"] == PAIRS
        assert sum(race.answers.values()) == 2 * PEOPLE
        held = await race.held(people)
        waiting = await race.make.members(WAITING)
        for member in waiting:
            await race.wait(event, member)
        race.answers.clear()
        strangers = await race.make.members(PAIRS)
        await asyncio.gather(race.cancel_all(held), race.reserve_all(event, strangers, 1))
        assert race.answers["done"] == PAIRS
        assert race.answers["state_conflict"] == PAIRS * (PROCESSES - 1)
        assert race.answers["sold_out"] == PAIRS, "no pair was free in between"
        assert await race.count(WaitingOffer) == PAIRS
        await assert_couplets_are_right(race.make.rooms)


async def test_the_control_reserves_too_many_and_hands_a_pair_on_twice_without_the_guards(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    unguarded = await own_database(settings, "unguarded_couplets")
    await _run(unguarded, FLUSH_WITHOUT_LOCKS)
    async with race_on(unguarded, identity_provider, without_redis=True) as race:
        event, people = await race.announce(), await race.make.members(PEOPLE)
        await race.reserve_all(event, people)
        reserved = await race.count(CoupletsReservation)
    async with race_on(unguarded, identity_provider) as race:
        event, people = await race.announce(), await race.make.members(PAIRS)
        for member in people:
            await race.reserve_all(event, [member], 1)
        for member in await race.make.members(WAITING):
            await race.wait(event, member)
        held = await race.held(people)
        await _run(unguarded, RETURNS_AGAIN + UNLOCKED)
        await race.cancel_all(held)
        assert await race.count(WaitingOffer) > PAIRS, race.answers
    assert reserved > PAIRS


async def _run(settings: Settings, statements: tuple[str, ...]) -> None:
    engine = create_async_engine(str(settings.database_url))
    async with engine.begin() as connection:
        for statement in statements:
            name, _, change = statement.partition(" := ")
            if not change:
                await connection.exec_driver_sql(statement)
                continue
            # A function without something: `name := text that goes`.
            source = str(
                await connection.scalar(
                    text("SELECT pg_get_functiondef(CAST(:name AS regproc)::oid)"), {"name": name}
                )
            )
            assert change in source
            await connection.exec_driver_sql(source.replace(change, ""))
    await engine.dispose()


FLUSH_WITHOUT_LOCKS = (
    "stock_flush := FOR NO KEY UPDATE",
    "ALTER TABLE stock_pool DROP CONSTRAINT ck_stock_pool_issued_within_total",
    "ALTER TABLE stock_entry DROP CONSTRAINT pk_stock_entry",
    "ALTER TABLE stock_use DROP CONSTRAINT ck_stock_use_used_within_cap",
    "DROP INDEX uq_couplets_reservation_live",
)
RETURNS_AGAIN = (
    "stock_return := RETURN false;",
    "DROP INDEX uq_stock_entry_return",
    "ALTER TABLE couplets_reservation_history"
    " DROP CONSTRAINT uq_couplets_reservation_history_reservation_id_number",
)
# Reservations that cannot be locked: a row of a function has no lock.
UNLOCKED = (
    "ALTER TABLE couplets_reservation RENAME TO reservation_rows",
    """CREATE FUNCTION unlocked_reservations() RETURNS SETOF reservation_rows
       LANGUAGE sql AS 'SELECT * FROM reservation_rows'""",
    "CREATE VIEW couplets_reservation AS SELECT * FROM unlocked_reservations()",
    """CREATE FUNCTION write_reservation() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN UPDATE reservation_rows SET state = NEW.state, closed_at = NEW.closed_at
        WHERE id = OLD.id; RETURN NEW; END'""",
    """CREATE TRIGGER write_reservation INSTEAD OF UPDATE ON couplets_reservation
       FOR EACH ROW EXECUTE FUNCTION write_reservation()""",
)
