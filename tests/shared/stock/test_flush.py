"""The flush on the real server: what two of them at once see, and what one of them reads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.shared.stock import Grant, Pool, Press, Verdict
from app.shared.stock.books import Flushed, flush
from tests.shared.stock.rig import Books, Person, Process, people, press_of

pytestmark = pytest.mark.anyio

ENTRIES, PRESSES = 5_000, 256
# A pool that has been pressed for a while, of strangers, without a flush for each of them.
FILL = """
    WITH pool AS (UPDATE stock_pool SET issued = :n, seq = :n WHERE id = :pool RETURNING *),
    entry AS (
        INSERT INTO stock_entry (pool_id, seq, quantity, total_after, claim_id, fingerprint,
                                 member_id, person_id, day, at)
        SELECT pool.id, n, 1, pool.total, gen_random_uuid(), '', gen_random_uuid(),
               gen_random_uuid(), current_date, now()
          FROM pool, generate_series(1, :n) AS n
        RETURNING person_id, day)
    INSERT INTO stock_use (person_id, group_id, day, used)
    SELECT entry.person_id, pool.group_id, days.day, 1
      FROM pool, entry, LATERAL (VALUES (entry.day), ('-infinity'::date)) AS days (day)"""
# What this transaction has read so far: by sequential scans, and by way of indexes.
ROWS_READ = """
    SELECT sum(seq_tup_read)::int, sum(idx_tup_fetch)::int FROM pg_stat_xact_user_tables
     WHERE relname IN ('stock_entry', 'stock_use')"""
# As one statement would see it: it waits for the row and looks with its snapshot from before.
LOCK_AND_LOOK = """
    WITH pool AS (SELECT issued FROM stock_pool WHERE id = :pool FOR NO KEY UPDATE)
    SELECT issued, EXISTS (SELECT 1 FROM stock_entry WHERE claim_id = :claim) AS known FROM pool"""


@pytest.fixture
async def two(books: Books) -> AsyncIterator[tuple[AsyncConnection, AsyncConnection]]:
    """Two connections, each in a transaction."""
    async with books.engine.connect() as one, books.engine.connect() as other:
        yield one, other


async def flush_claims(
    connection: AsyncConnection, pool: Pool, claims: Sequence[tuple[Person, str]]
) -> Flushed:
    return await flush(connection, pool.id, [press_of(pool, who, key) for who, key in claims])


async def test_whoever_waited_for_the_lock_sees_what_was_decided_meanwhile(
    books: Books, two: tuple[AsyncConnection, AsyncConnection]
) -> None:
    first, second = two
    pool, who, late = await books.pool(1), Person(), Person()
    await second.execute(text("SELECT 1"))  # its transaction begins before the other commits
    assert (await flush_claims(first, pool, [(who, "k")])).letters == "G"
    waiting = asyncio.create_task(flush_claims(second, pool, [(who, "k"), (late, "k")]))
    await books.someone_waits_for(first)
    committed_after = await first.scalar(text("SELECT clock_timestamp()"))
    await first.commit()
    flushed = await waiting
    assert flushed.letters == "RS"
    assert flushed.at > committed_after, "the time was taken before the lock"


async def test_control_one_statement_that_locks_and_looks_misses_the_claim(
    books: Books, two: tuple[AsyncConnection, AsyncConnection]
) -> None:
    first, second = two
    pool, who = await books.pool(1), Person()
    await flush_claims(first, pool, [(who, "k")])
    parameters = {"pool": pool.id, "claim": press_of(pool, who, "k").claim_id}
    waiting = asyncio.create_task(second.execute(text(LOCK_AND_LOOK), parameters))
    await books.someone_waits_for(first)
    await first.commit()
    assert tuple((await waiting).one()) == (1, False)


async def test_two_pools_of_one_group_count_a_person_once(
    books: Books, two: tuple[AsyncConnection, AsyncConnection]
) -> None:
    """Both find no row of use yet; the second must wait for the group, not fail its batch."""
    first, second = two
    one, other = [await books.pool(5, group="series", in_all=1) for _ in range(2)]
    who, neighbour = Person(), Person()
    await flush_claims(first, one, [(who, "k")])
    waiting = asyncio.create_task(flush_claims(second, other, [(who, "k"), (neighbour, "k")]))
    await books.someone_waits_for(first)
    await first.commit()
    assert (await waiting).letters == "TG"


async def test_control_without_the_groups_lock_the_second_breaks_on_the_check(
    books: Books, two: tuple[AsyncConnection, AsyncConnection]
) -> None:
    first, second = two
    one, other = [await books.pool(5, group="series", in_all=1) for _ in range(2)]
    who, neighbour = Person(), Person()
    await _rewrite_flush(
        second, "PERFORM 1 FROM stock_group g WHERE g.id = v_group FOR NO KEY UPDATE;", ""
    )
    await flush_claims(first, one, [(who, "k")])
    waiting = asyncio.create_task(flush_claims(second, other, [(who, "k"), (neighbour, "k")]))
    await books.someone_waits_for(first)
    await first.commit()
    with pytest.raises(IntegrityError, match="used_within_cap"):
        await waiting


async def test_two_processes_and_two_pools_at_once_keep_everybodys_limit(
    here: Process, there: Process, books: Books
) -> None:
    pools = [await books.pool(1_000, group="series", in_all=2, per_day=2) for _ in range(2)]
    crowd = people(40)
    answers = await asyncio.gather(
        *(
            process.press(pool, who, key, gated=False)
            for key in ("a", "b")
            for who in crowd
            for pool in pools
            for process in (here, there)
        )
    )
    units = {answer.row.claim_id for answer in answers if answer.row}
    assert len(units) == 2 * len(crowd)
    assert {answer.verdict for answer in answers} <= {
        Verdict.GRANTED,
        Verdict.REPEATED,
        Verdict.TOTAL_LIMIT,
    }
    await books.assert_right()


async def test_one_claim_id_at_two_pools_is_one_unit_and_hurts_no_neighbour(
    here: Process, books: Books
) -> None:
    """Packs hash the pool into the id, so this is somebody's mistake. It stays theirs."""
    one, other = await books.pool(), await books.pool()
    culprit, neighbours = press_of(one, Person()), people(5)
    async with _held_open(books, here, one, culprit) as holding:
        answers = asyncio.gather(
            here.press(other, neighbours[0], gated=False),
            here.stock.press(other, culprit, here.pack.recorder, gated=False),
            *(here.press(other, each, gated=False) for each in neighbours[1:]),
        )
        await books.someone_waits_for(holding)
        await holding.commit()
        _, again, *rest = found = await answers
    assert {each.verdict for each in [found[0], *rest]} == {Verdict.GRANTED}
    assert again.verdict is Verdict.REPEATED
    assert (await books.read(other.id)).issued == len(neighbours)
    assert (await books.read(one.id)).issued == 1
    await books.assert_right()


async def test_a_flush_on_a_full_pool_reads_its_own_rows_only(books: Books) -> None:
    """No statistics yet: a plan that reads the pool once a press is three hundred times slower."""
    sequential, by_index = await _rows_read(books)
    assert sequential == 0
    assert by_index < 4 * PRESSES


async def test_control_without_the_claims_index_the_same_flush_reads_the_pool_every_time(
    books: Books,
) -> None:
    sequential, _ = await _rows_read(books, before="DROP INDEX uq_stock_entry_grant")
    assert sequential > ENTRIES


async def test_the_entries_of_one_flush_follow_each_other_without_a_gap(books: Books) -> None:
    pool, crowd = await books.pool(3, in_all=1), people(4)
    claims = [(crowd[0], "a"), (crowd[0], "b"), (crowd[1], "a"), (crowd[2], "a"), (crowd[3], "a")]
    async with books.engine.begin() as connection:
        flushed = await flush_claims(connection, pool, claims)
    assert flushed.letters == "GTGGS"
    assert (flushed.first_seq, flushed.last_seq, flushed.free) == (1, 3, 0)
    entries = await books.entries(pool)
    assert [each.seq for each in entries] == [1, 2, 3]
    assert [each.member_id for each in entries] == [each.member_id for each in crowd[:3]]
    assert {each.at for each in entries} == {flushed.at}


async def test_a_flush_that_is_rolled_back_leaves_nothing(books: Books) -> None:
    pool, who = await books.pool(1), Person()
    async with books.engine.connect() as connection:
        await flush_claims(connection, pool, [(who, "k")])
    assert await books.read(pool.id) == pool
    assert await books.entries(pool) == []
    await books.assert_right()


async def _rows_read(books: Books, before: str | None = None) -> tuple[int, int]:
    """Rows that a flush of 256 strangers reads in a pool with thousands of entries."""
    pool = await books.pool(ENTRIES + PRESSES, per_day=1, in_all=1)
    async with books.engine.connect() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text(FILL), {"n": ENTRIES, "pool": pool.id})
        if before is not None:
            await connection.execute(text(before))
        read_before = (await connection.execute(text(ROWS_READ))).one()
        flushed = await flush_claims(connection, pool, [(who, "k") for who in people(PRESSES)])
        assert flushed.letters == "G" * PRESSES
        read = (await connection.execute(text(ROWS_READ))).one()
        return read[0] - read_before[0], read[1] - read_before[1]


async def _rewrite_flush(connection: AsyncConnection, old: str, new: str) -> None:
    """A control's version of the function, in this transaction alone."""
    source = str(
        await connection.scalar(text("SELECT pg_get_functiondef('stock_flush'::regproc::oid)"))
    )
    assert old in source
    await connection.exec_driver_sql(source.replace(old, new))


@asynccontextmanager
async def _held_open(
    books: Books, process: Process, pool: Pool, press: Press
) -> AsyncIterator[AsyncConnection]:
    """That press decided and recorded at its pool, and not committed yet."""
    async with books.engine.connect() as connection:
        flushed = await flush(connection, pool.id, [press])
        grant = Grant(press, flushed.first_seq, flushed.at, flushed.day)
        await process.pack.recorder.insert(connection, [grant])
        yield connection
