"""Rows get their places behind the writers' backs, each once, none forgotten."""

import asyncio

import pytest
from sqlalchemy import text

from app.shared.ledger import sealer, sealing, write
from app.shared.ledger.chain import row_digest
from tests.shared.ledger.rig import Ledger, act

pytestmark = pytest.mark.anyio

LOCK = "NOT pg_try_advisory_xact_lock(119182731994482)"
# What a sealer would do that went on from the last id it had seen.
UNSEALED = "WHERE e.position IS NULL ORDER BY e.id"
AFTER_THE_LAST_ID = (
    "WHERE e.id > coalesce((SELECT s.id FROM ledger_entry s WHERE s.position = v_last), "
    f"'{'0' * 32}') ORDER BY e.id"
)


async def places(ledger: Ledger) -> list[int | None]:
    return [row.position for row in await ledger.rows()]


async def test_what_is_committed_is_sealed_in_the_order_in_which_it_was_made(
    ledger: Ledger,
) -> None:
    await ledger.keep(3)
    await ledger.keep(2)
    assert await ledger.seal() == 5
    assert await ledger.seal() == 0
    rows = await ledger.rows()
    assert [row.position for row in rows] == [1, 2, 3, 4, 5]
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    assert await ledger.faults() == {}


async def test_a_long_row_of_them_is_sealed_range_by_range(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "MOST_A_RANGE", 4)
    await ledger.keep(9)
    assert await ledger.seal() == 9
    async with ledger.engine.connect() as connection:
        counts = await connection.scalars(
            text("SELECT rows_count FROM ledger_seal ORDER BY number")
        )
        assert list(counts) == [4, 4, 1]
    assert await ledger.faults() == {}


@pytest.mark.parametrize(
    "reason",
    [
        'with "quotes", \\backslash\\ and /slash/',
        "两行\n三\t列\r\x7f",
        "\x01\x1f control",
        "🎁 outside the plane",
        "e\u0301 is not é",
        "",
        " ",
    ],
)
async def test_the_database_and_the_verifier_read_a_row_alike(ledger: Ledger, reason: str) -> None:
    """Two texts of one definition: the function in the database, and ours."""
    await ledger.keep(1, reason=reason)
    await ledger.seal()
    assert await ledger.faults() == {}
    [row] = await ledger.rows()
    assert row.reason == reason


def test_the_digest_of_a_row_is_what_the_page_says_it_is() -> None:
    """By hand, as a third party would from docs/ledger.md."""
    digest = row_digest(("a", 1, None, "喜"))
    assert digest.hex() == "5e5e85d32ffe5e92f3ef3558c654e5c857c6dddc83f504098bd86d16814b1f1b"


async def test_a_transaction_that_commits_late_is_not_forgotten(ledger: Ledger) -> None:
    await commits_late(ledger)
    assert await ledger.seal() == 1
    first, second = await ledger.rows()
    assert (first.position, second.position) == (1, 2)
    assert first.id > second.id, "the older id has the later place"
    assert await ledger.faults() == {}


async def test_the_control_forgets_it_when_it_goes_on_from_the_last_id(unguarded: Ledger) -> None:
    await change_sealer(unguarded, UNSEALED, AFTER_THE_LAST_ID)
    await commits_late(unguarded)
    assert await unguarded.seal() == 0
    assert await places(unguarded) == [1, None]


async def commits_late(ledger: Ledger) -> None:
    """An older row that commits when a younger one has been sealed already."""
    async with ledger.sessions.begin() as session:
        await write(session, [act("late")])
        await ledger.keep(1, reason="early")
        assert await ledger.seal() == 1


async def test_of_two_sealers_at_once_one_seals(ledger: Ledger) -> None:
    await ledger.keep(6)
    async with ledger.sessions.begin() as session:
        assert await session.scalar(text("SELECT ledger_seal_rows(100)")) == 6
        # The first has not committed: the second sees the rows unsealed, and leaves them alone.
        assert await ledger.seal() == 0
    assert await places(ledger) == [1, 2, 3, 4, 5, 6]
    assert await ledger.faults() == {}


async def test_the_control_has_two_chains_when_two_seal_at_once(unguarded: Ledger) -> None:
    """Without the lock, the keys and the triggers: rows change places under a seal."""
    await change_sealer(unguarded, LOCK, "false")
    async with unguarded.engine.begin() as connection:
        for change in (
            "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
            "ALTER TABLE ledger_entry DROP CONSTRAINT uq_ledger_entry_position",
            "ALTER TABLE ledger_seal DROP CONSTRAINT pk_ledger_seal",
            "ALTER TABLE ledger_seal DROP CONSTRAINT uq_ledger_seal_first_position",
            "ALTER TABLE ledger_seal DROP CONSTRAINT uq_ledger_seal_last_position",
        ):
            await connection.execute(text(change))
    await unguarded.keep(3)
    async with unguarded.sessions.begin() as session:
        await session.execute(text("SELECT ledger_seal_rows(100)"))
        second = asyncio.create_task(unguarded.seal())
        await unguarded.until_somebody_waits()
    await second
    assert await unguarded.faults() != {}


async def test_many_sealers_among_many_writers_make_one_chain(ledger: Ledger) -> None:
    async def writer() -> None:
        for _ in range(10):
            await ledger.keep(3)

    async def sealing() -> None:
        for _ in range(15):
            await ledger.seal()

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(writer())
            group.create_task(sealing())
    await ledger.seal()
    assert await places(ledger) == list(range(1, 91))
    assert await ledger.faults() == {}


async def test_a_worker_seals_again_and_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "PERIOD_S", 0.01)
    async with sealing(ledger.sessions), asyncio.timeout(20):
        for number in (1, 2):
            await ledger.keep(1)
            while await places(ledger) != list(range(1, number + 1)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert await ledger.faults() == {}


async def test_a_worker_seals_once_more_when_it_stops(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "PERIOD_S", 3_600.0)
    async with asyncio.timeout(20), sealing(ledger.sessions):
        await ledger.keep(1)
    assert await places(ledger) == [1]


async def test_a_worker_whose_connection_is_lost_goes_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "PERIOD_S", 0.01)
    await ledger.keep(1)
    async with ledger.engine.connect() as holder:
        await holder.execute(text("LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE"))
        async with sealing(ledger.sessions), asyncio.timeout(20):
            await ledger.until_somebody_waits()
            lost = await holder.scalar(
                text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            )
            assert lost == 1
            await holder.rollback()
            while await places(ledger) != [1]:  # noqa: ASYNC110 - only the books know
                await asyncio.sleep(0.01)


async def change_sealer(ledger: Ledger, before: str, after: str) -> None:
    async with ledger.engine.begin() as connection:
        source = str(
            await connection.scalar(
                text("SELECT pg_get_functiondef('ledger_seal_rows'::regproc::oid)")
            )
        )
        assert before in source
        await connection.exec_driver_sql(source.replace(before, after))
