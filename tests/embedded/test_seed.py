"""The edition that a first start writes: 2023's figures, once, whatever happens."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.embedded.seed import seed_edition
from app.models.states import Category, District, Role
from app.platform.clock import day_end, day_start
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.schemas.seed_ids import (
    FIRST_BATCH_ID,
    FIRST_MEMBER_NO,
    FIRST_MERCHANT_ID,
    FIRST_STORE_ID,
)
from tests.factories import Factory

pytestmark = pytest.mark.anyio

COUNTS = {
    "campaign": 1,
    "pack": 5,
    "store": 1_000,
    "member": 2_000,
    "person": 2_000,
    "staff": len(Role),
    "breakfast_batch": 20,
    "couplets_event": 1,
    "health_quiz": 1,
    "health_question": 8,
    "draw": 1,
    "gift_boxes_box": 5,
    "stock_pool": 36,
}


async def fetch(rooms: Rooms, sql: str) -> list[tuple[object, ...]]:
    async with rooms.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql))]


async def counts(rooms: Rooms) -> dict[str, object]:
    tables = ", ".join(f"(SELECT count(*) FROM {table})" for table in COUNTS)
    [row] = await fetch(rooms, f"SELECT {tables}")
    return dict(zip(COUNTS, row, strict=True))


async def test_the_first_start_brings_2023s_figures(rooms: Rooms, settings: Settings) -> None:
    await seed_edition(settings)

    assert await counts(rooms) == COUNTS
    workers = await fetch(
        rooms,
        "SELECT count(DISTINCT member_id) FROM member_category "
        "WHERE category IN ('new_employment', 'outdoor')",
    )
    assert workers == [(1_300,)]
    assert await fetch(rooms, "SELECT count(DISTINCT district) FROM store") == [(len(District),)]
    assert await fetch(rooms, "SELECT DISTINCT state FROM pack") == [("open",)]
    states = "SELECT (SELECT state FROM health_quiz), (SELECT state FROM draw)"
    assert await fetch(rooms, states) == [("open", "draft")]
    pairs = "SELECT kind, CAST(sum(total) AS int) FROM stock_pool WHERE kind LIKE 'couplets%'"
    assert await fetch(rooms, f"{pairs} GROUP BY kind ORDER BY kind") == [
        ("couplets_reserved", 200),
        ("couplets_walk_in", 300),
    ]
    assert await fetch(rooms, "SELECT count(*) FROM store WHERE closes > 1440") != [(0,)]


async def test_the_first_member_is_a_worker_with_a_drop_today_and_for_twenty_days(
    rooms: Rooms, settings: Settings
) -> None:
    await seed_edition(settings)

    member = await rooms.directory.find(FIRST_MEMBER_NO)
    batch = await rooms.catalogue.find(FIRST_BATCH_ID)
    assert member is not None
    today = rooms.clock.today()
    assert member.categories_on(today) & {Category.NEW_EMPLOYMENT, Category.OUTDOOR}
    assert batch.pool.opens_at <= rooms.clock.now() < batch.pool.closes_at
    assert (batch.pool.opens_at, batch.pool.closes_at) == (day_start(today), day_end(today))

    drops = await fetch(
        rooms,
        "SELECT p.opens_at, p.closes_at, p.total, p.per_person_per_day, p.state, b.valid_days, "
        "p.group_id FROM breakfast_batch b JOIN stock_pool p ON p.id = b.pool_id ORDER BY 1",
    )
    days = [day_start(today) + timedelta(days=number) for number in range(21)]
    assert [drop[:2] for drop in drops] == list(pairwise(days))
    assert {drop[2:6] for drop in drops} == {(1_000, 1, "running", 7)}
    assert len({drop[6] for drop in drops}) == 1
    assert await fetch(
        rooms, f"SELECT store_no, merchant_id FROM store WHERE id = '{FIRST_STORE_ID}'"
    ) == [("QD0001", FIRST_MERCHANT_ID)]
    accounts = await fetch(
        rooms, "SELECT name, role FROM staff JOIN staff_role ON staff_id = staff.id ORDER BY 1"
    )
    assert accounts == sorted((role.value, role.value) for role in Role)


async def test_a_second_start_changes_nothing(rooms: Rooms, settings: Settings) -> None:
    await seed_edition(settings)
    before = await fetch(rooms, "SELECT id, version FROM member UNION ALL SELECT id, 0 FROM pack")

    await seed_edition(settings)
    await seed_edition(settings, empty=True)

    after = await fetch(rooms, "SELECT id, version FROM member UNION ALL SELECT id, 0 FROM pack")
    assert sorted(after) == sorted(before)
    assert await counts(rooms) == COUNTS


async def test_two_starts_at_once_seed_once(rooms: Rooms, settings: Settings) -> None:
    await asyncio.gather(seed_edition(settings), seed_edition(settings))

    assert await counts(rooms) == COUNTS


@pytest.mark.parametrize("table", ["member", "breakfast_batch", "draw", "pack"])
async def test_a_start_that_was_broken_off_is_taken_up_by_the_next(
    rooms: Rooms, settings: Settings, table: str
) -> None:
    async with rooms.engine.begin() as holder:
        await holder.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        seeding = asyncio.create_task(seed_edition(settings))
        while not await holder.scalar(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted"
                " AND relation = to_regclass(:table) AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"table": table},
        ):
            assert not seeding.done()
            await asyncio.sleep(0.05)
        with pytest.raises((DBAPIError, asyncpg.PostgresError)):
            await seeding

    await seed_edition(settings)

    assert await counts(rooms) == COUNTS
    assert await fetch(rooms, "SELECT DISTINCT state FROM stock_pool") == [("running",)]


async def test_an_empty_start_has_a_campaign_and_an_administrator_only(
    rooms: Rooms, settings: Settings
) -> None:
    await seed_edition(settings, empty=True)

    expected = dict.fromkeys(COUNTS, 0) | {"campaign": 1, "pack": 5, "staff": 1}
    assert await counts(rooms) == expected
    assert await fetch(rooms, "SELECT name FROM staff") == [("administrator",)]


async def test_the_first_day_is_today_by_the_deployments_clock(
    rooms: Rooms, settings: Settings, make: Factory
) -> None:
    await make.move_clock(timedelta(days=40))

    await seed_edition(settings, empty=True)

    [(starts_at,)] = await fetch(rooms, "SELECT starts_at FROM campaign")
    assert starts_at == day_start(rooms.clock.today())
    assert starts_at > datetime.now(UTC) + timedelta(days=38)
