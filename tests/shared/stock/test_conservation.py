"""`verify` must be able to fail: each kind of damage is found, and named."""

import pytest
from sqlalchemy import text

from app.shared.stock import balances, inspect_books, snapshot
from tests.shared.stock.little_pack import HOLDINGS
from tests.shared.stock.rig import Books, Person, Process, people, press_of

pytestmark = pytest.mark.anyio

# The schema refuses most of this, so the guards come off first, in the same transaction.
UNGUARD = (
    "ALTER TABLE stock_pool DROP CONSTRAINT ck_stock_pool_issued_within_total",
    "ALTER TABLE stock_use DROP CONSTRAINT ck_stock_use_used_within_cap",
    "ALTER TABLE stock_entry DROP CONSTRAINT pk_stock_entry",
)
DAMAGE = {
    "a line is missing": (
        "DELETE FROM stock_entry WHERE seq = 2",
        {
            "stock_entries_numbered",
            "stock_issued_is_sum",
            "stock_use_is_sum",
            "little_rows_match_grants",
        },
    ),
    "the numbers begin below one": (
        "UPDATE stock_entry SET seq = seq - 5 WHERE seq < 4",
        {"stock_entries_numbered"},
    ),
    "more was issued than there was": (
        "UPDATE stock_entry SET total_after = 2",
        {"stock_running_sum_within_total"},
    ),
    "the count is not the sum of the lines": (
        "UPDATE stock_pool SET issued = issued - 1",
        {"stock_issued_is_sum"},
    ),
    "the total is below what is issued": (
        "UPDATE stock_pool SET total = 1",
        {"stock_issued_is_sum"},
    ),
    "a person's use is not the sum of the lines": (
        "UPDATE stock_use SET used = used + 1 WHERE day > '-infinity'",
        {"stock_use_is_sum"},
    ),
    "a person's use is gone": (
        "DELETE FROM stock_use WHERE day = '-infinity'",
        {"stock_use_is_sum"},
    ),
    "a return on another day than its grant": (
        "UPDATE stock_entry SET day = day + 1 WHERE quantity < 0",
        {"stock_return_follows_grant", "stock_use_is_sum"},
    ),
    "the pack holds a unit that nobody granted": (
        "INSERT INTO little_pack.unit SELECT gen_random_uuid(), pool_id, 9, '', false"
        " FROM little_pack.unit LIMIT 1",
        {"little_rows_match_grants"},
    ),
    "a grant without the pack's row": (
        "DELETE FROM little_pack.unit WHERE NOT returned",
        {"little_rows_match_grants"},
    ),
    "the pack still holds what was returned": (
        "UPDATE little_pack.unit SET returned = false",
        {"little_rows_match_grants"},
    ),
    "a pool of no pack": (
        "UPDATE stock_pool SET kind = 'stray'",
        {"stock_pools_have_a_pack", "little_rows_match_grants"},
    ),
}


async def _some_history(here: Process, books: Books) -> None:
    pool = await books.pool(5)
    for who in people(3):
        await here.press(pool, who)
    holder = Person()
    await here.press(pool, holder)
    await books.give_back(press_of(pool, holder).claim_id)


@pytest.mark.parametrize("damage", DAMAGE)
async def test_every_damage_is_found_by_name(here: Process, books: Books, damage: str) -> None:
    await _some_history(here, books)
    await books.assert_right()
    statement, expected = DAMAGE[damage]
    async with books.sessions() as session:
        for each in UNGUARD:
            await session.execute(text(each))
        await session.execute(text(statement))
        found = {check.name async for check in inspect_books(session, [HOLDINGS]) if check.faults}
    assert found == expected


async def test_a_balance_shows_what_is_issued_free_and_held(here: Process, books: Books) -> None:
    await _some_history(here, books)
    (balance,) = await snapshot(books.sessions, [HOLDINGS])
    assert (balance.total, balance.issued, balance.free, balance.seq) == (5, 3, 2, 5)
    assert (balance.entries, balance.live, balance.held) == (3, 3, 0)
    assert balance.equal


async def test_a_balance_that_does_not_add_up_says_so(here: Process, books: Books) -> None:
    await _some_history(here, books)
    async with books.sessions() as session:
        await session.execute(text("DELETE FROM little_pack.unit WHERE NOT returned"))
        (balance,) = await balances(session, [HOLDINGS])
    assert not balance.equal
