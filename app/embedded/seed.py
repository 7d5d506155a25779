"""The 2023 edition and its people, for a database that has none.

Everything comes in by the doors that staff would use: files through the import
room, batches and accounts through their services. Every step can be repeated,
and the packs come last: a seed that was broken off is taken up again by the
next start, one that is done is never repeated.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.embedded.couplets_seed import seed_couplets
from app.embedded.edition import (
    BREAKFAST,
    CAMPAIGN_DAYS,
    CAMPAIGN_NAME,
    PACKS,
    WISH_KINDS,
)
from app.embedded.fictitious import FIRST_MERCHANT, members_file, stores_file
from app.embedded.first_start import IS_SEEDED
from app.embedded.gift_boxes_seed import seed_gift_boxes
from app.embedded.health_seed import seed_health
from app.models.breakfast import Batch
from app.models.campaign import Campaign, Pack
from app.models.identity import Merchant
from app.models.states import Category, Role
from app.models.wishes import WishKind
from app.packs.breakfast.batches import move_batch
from app.packs.breakfast.plan import create_batch
from app.platform.clock import Clock, day_end, day_start, shanghai_day
from app.platform.crypto import Digester, Sealer, digester_of, sealer_of
from app.platform.db import Sessions, create_engine, create_sessions
from app.platform.errors import AlreadyExists, StateConflict
from app.platform.ids import new_id
from app.platform.pulse import follow_clock
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.schemas.seed_ids import (
    ADMINISTRATOR_ID,
    CAMPAIGN_ID,
    FIRST_BATCH_ID,
    FIRST_MEMBER_ID,
    FIRST_MEMBER_NO,
    FIRST_MERCHANT_ID,
    FIRST_STORE_ID,
    FIRST_STORE_NO,
    FIRST_WISH_KIND_ID,
)
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.identity.passwords import generate_password
from app.shared.identity.staff import create_staff
from app.shared.imports import import_members, import_stores
from app.shared.stock import Stock

# Any number, the same in every process: who holds it is seeding this database.
_LOCK_KEY = 0x73_65_65_64
_LOCK_POLL_S = 0.2

ACTOR = "seed"


@dataclass(frozen=True)
class _Rooms:
    engine: AsyncEngine
    sessions: Sessions
    clock: Clock
    sealer: Sealer
    digester: Digester
    stock: Stock

    @property
    def once(self) -> Once:
        return Once(None, self.digester, self.sealer)

    @property
    def actor(self) -> Actor:
        return Actor.system(ACTOR, self.digester)


async def seed_edition(settings: Settings, *, empty: bool = False) -> None:
    """Write the edition unless there is one. The campaign's first day is today's Shanghai day.

    `empty`: only a current campaign with its five packs open, and the account
    `administrator`. Two at once: the second waits, then finds nothing to do.
    """
    async with _open_rooms(settings) as rooms, rooms.engine.connect() as connection:
        await _lock(connection)
        if await connection.scalar(text(IS_SEEDED)):
            return
        await follow_clock(rooms.clock)(connection)
        first_day = await _seed_campaign(rooms)
        await _seed_staff(rooms, [Role.ADMINISTRATOR] if empty else Role)
        if not empty:
            await _seed_people(rooms)
            await _seed_breakfast(rooms, first_day)
            for seed_pack in (seed_couplets, seed_health, seed_gift_boxes):
                await seed_pack(
                    rooms.sessions, rooms.clock, rooms.once, actor=rooms.actor, first_day=first_day
                )
        await _seed_wish_kinds(rooms)
        await _seed_packs(rooms)


@asynccontextmanager
async def _open_rooms(settings: Settings) -> AsyncIterator[_Rooms]:
    engine, redis, clock = create_engine(settings), create_redis(settings), Clock()
    stock = Stock(engine, redis, clock)
    try:
        yield _Rooms(
            engine=engine,
            sessions=create_sessions(engine),
            clock=clock,
            sealer=sealer_of(settings),
            digester=digester_of(settings),
            stock=stock,
        )
    finally:
        await stock.drain()
        await redis.aclose()
        await engine.dispose()


async def _lock(connection: AsyncConnection) -> None:
    """Held by the connection, without a transaction that would stand idle beside the work."""
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    # Asked again and again, because a wait would end by the connection's own time limits.
    while not await connection.scalar(  # noqa: ASYNC110 - nobody but the database knows
        select(func.pg_try_advisory_lock(_LOCK_KEY))
    ):
        await asyncio.sleep(_LOCK_POLL_S)


async def _seed_campaign(rooms: _Rooms) -> date:
    """The campaign's first day: today, or the day on which a broken-off seed began."""
    today = rooms.clock.today()
    async with rooms.sessions.begin() as session:
        await session.execute(
            insert(Campaign)
            .values(
                id=CAMPAIGN_ID,
                name=CAMPAIGN_NAME.zh,
                name_en=CAMPAIGN_NAME.en,
                starts_at=day_start(today),
                ends_at=day_start(today + timedelta(days=CAMPAIGN_DAYS)),
                is_current=True,
                created_at=rooms.clock.now(),
            )
            .on_conflict_do_nothing(index_elements=[Campaign.id])
        )
        starts_at = await session.scalar(
            select(Campaign.starts_at).where(Campaign.id == CAMPAIGN_ID)
        )
    return shanghai_day(starts_at) if starts_at else today


async def _seed_staff(rooms: _Rooms, roles: Iterable[Role]) -> None:
    """One account a role, named as the role; nobody knows its password until one is set."""
    for role in roles:
        with suppress(AlreadyExists):
            await create_staff(
                rooms.sessions,
                rooms.clock,
                rooms.once,
                actor=rooms.actor,
                name=role.value,
                password=generate_password(),
                roles=[role],
                staff_id=ADMINISTRATOR_ID if role is Role.ADMINISTRATOR else None,
            )


async def _seed_people(rooms: _Rooms) -> None:
    # Before its stores, which would bring it under an id of no document's example.
    async with rooms.sessions.begin() as session:
        await session.execute(
            insert(Merchant)
            .values(id=FIRST_MERCHANT_ID, name=FIRST_MERCHANT, created_at=rooms.clock.now())
            .on_conflict_do_nothing()
        )
    await import_stores(
        rooms.engine,
        stores_file(),
        actor=rooms.actor,
        fixed_ids={FIRST_STORE_NO: FIRST_STORE_ID},
    )
    await import_members(
        rooms.engine,
        rooms.sealer,
        rooms.digester,
        members_file(),
        actor=rooms.actor,
        today=rooms.clock.today(),
        fixed_ids={FIRST_MEMBER_NO: FIRST_MEMBER_ID},
    )


async def _seed_breakfast(rooms: _Rooms, first_day: date) -> None:
    """A drop a day, all started; today's is open."""
    async with rooms.sessions() as session:
        is_there = await session.get(Batch, FIRST_BATCH_ID) is not None
    if not is_there:
        await create_batch(
            rooms.sessions,
            rooms.clock,
            rooms.once,
            actor=rooms.actor,
            name=BREAKFAST.name,
            total=BREAKFAST.vouchers_a_drop,
            opens_at=day_start(first_day),
            closes_at=day_end(first_day),
            valid_days=BREAKFAST.valid_days,
            face_value_fen=BREAKFAST.face_value_fen,
            eligible_categories=[Category.NEW_EMPLOYMENT, Category.OUTDOOR],
            per_person_per_day=BREAKFAST.per_person_per_day,
            limit_group=BREAKFAST.limit_group,
            repeat_days=BREAKFAST.drops,
            first_id=FIRST_BATCH_ID,
        )
    # All of them run already when the seed was broken off right here.
    with suppress(StateConflict):
        await move_batch(
            rooms.sessions,
            rooms.clock,
            rooms.stock,
            rooms.once,
            actor=rooms.actor,
            batch_id=FIRST_BATCH_ID,
            act="start",
            reason=CAMPAIGN_NAME.zh,
            whole_series=True,
        )


async def _seed_wish_kinds(rooms: _Rooms) -> None:
    async with rooms.sessions.begin() as session:
        await session.execute(
            insert(WishKind).on_conflict_do_nothing(),
            [
                {
                    "id": FIRST_WISH_KIND_ID if place == 1 else new_id(),
                    "campaign_id": CAMPAIGN_ID,
                    "code": kind.code,
                    "title": kind.title.zh,
                    "title_en": kind.title.en,
                    "start_within_h": kind.start_within_h,
                    "sort": place,
                }
                for place, kind in enumerate(WISH_KINDS, start=1)
            ],
        )


async def _seed_packs(rooms: _Rooms) -> None:
    async with rooms.sessions.begin() as session:
        session.add_all(
            Pack(
                id=new_id(),
                campaign_id=CAMPAIGN_ID,
                kind=pack.kind,
                title=pack.title.zh,
                title_en=pack.title.en,
                summary=pack.summary.zh,
                summary_en=pack.summary.en,
            )
            for pack in PACKS
        )


if __name__ == "__main__":
    asyncio.run(seed_edition(Settings(), empty="--empty" in sys.argv))
