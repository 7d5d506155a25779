"""Whoever changes, removes or reorders rows is found, and told by what was done and where.

The triggers are taken away first, as a superuser could: the chain is for those who can.
"""

import pytest
from sqlalchemy import text

from app.models.ledger import LedgerEntry
from app.shared.ledger.chain import CHAINED, COMPLETE, IN_ORDER, UNCHANGED
from tests.shared.ledger.rig import Ledger

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sealed(ledger: Ledger) -> Ledger:
    """Nine rows in three seals, and one that waits."""
    for _ in range(3):
        await ledger.keep(3)
        await ledger.seal()
    await ledger.keep(1)
    assert await ledger.faults() == {}
    return ledger


COLUMNS = {
    "at": "at + interval '1 second'",
    "recorded_at": "recorded_at - interval '1 microsecond'",
    "actor_kind": "'member'",
    "actor_id": "id",
    "actor_roles": "'administrator'",
    "origin": "'elsewhere'",
    "verb": "'thing.other'",
    "refusal": "'forbidden'",
    "object_kind": "'other'",
    "object_id": "NULL",
    "changes": "'{}'",
    "times": "2, refusal = 'x'",
    "request_id": "'another'",
    "reason": "'另有原因'",
    "id": "gen_random_uuid()",
}


@pytest.mark.parametrize(("column", "value"), COLUMNS.items(), ids=COLUMNS.keys())
async def test_a_changed_row_is_named_whichever_column_it_is(
    sealed: Ledger, column: str, value: str
) -> None:
    await sealed.tamper(f"UPDATE ledger_entry SET {column} = {value} WHERE position = 5")
    faults = await sealed.faults()
    assert set(faults) == {UNCHANGED}
    [fault] = faults[UNCHANGED]
    assert fault.startswith("position 5 ")


def test_every_column_is_tried() -> None:
    the_sealers_own = {"position", "digest"}
    assert set(LedgerEntry.__table__.columns.keys()) == set(COLUMNS) | the_sealers_own


async def test_a_row_that_was_changed_with_its_digest_is_found_by_the_head(sealed: Ledger) -> None:
    await sealed.tamper(
        "UPDATE ledger_entry SET reason = '另有原因' WHERE position = 5",
        "UPDATE ledger_entry e SET digest = ledger_digest(e) WHERE position = 5",
    )
    faults = await sealed.faults()
    assert set(faults) == {IN_ORDER}
    assert faults[IN_ORDER][0].startswith("seal 2: positions 4 to 6")


async def test_a_missing_row_is_named_by_its_place(sealed: Ledger) -> None:
    await sealed.tamper("DELETE FROM ledger_entry WHERE position = 5")
    assert await sealed.faults() == {COMPLETE: ["position 5 of seal 2 is missing"]}


async def test_a_row_that_was_taken_out_of_its_place_is_missing_there(sealed: Ledger) -> None:
    await sealed.tamper("UPDATE ledger_entry SET position = NULL, digest = NULL WHERE position = 5")
    assert await sealed.faults() == {COMPLETE: ["position 5 of seal 2 is missing"]}
    await sealed.seal()
    assert await sealed.faults() == {COMPLETE: ["position 5 of seal 2 is missing"]}


async def test_rows_that_changed_places_are_found_with_their_seal(sealed: Ledger) -> None:
    await sealed.tamper(
        "UPDATE ledger_entry SET position = 1000 WHERE position = 4",
        "UPDATE ledger_entry SET position = 4 WHERE position = 6",
        "UPDATE ledger_entry SET position = 6 WHERE position = 1000",
    )
    faults = await sealed.faults()
    assert set(faults) == {IN_ORDER}
    assert faults[IN_ORDER][0].startswith("seal 2: positions 4 to 6")


async def test_rows_of_two_seals_that_changed_places_are_found_with_both(sealed: Ledger) -> None:
    await sealed.tamper(
        "UPDATE ledger_entry SET position = 1000 WHERE position = 2",
        "UPDATE ledger_entry SET position = 2 WHERE position = 8",
        "UPDATE ledger_entry SET position = 8 WHERE position = 1000",
    )
    faults = await sealed.faults()
    assert set(faults) == {IN_ORDER}
    assert [fault.split(":")[0] for fault in faults[IN_ORDER]] == ["seal 1", "seal 3"]


async def test_a_row_that_was_put_in_behind_the_last_seal_is_found(sealed: Ledger) -> None:
    await sealed.tamper(
        "UPDATE ledger_entry e SET position = 10, digest = ledger_digest(e) WHERE position IS NULL"
    )
    assert await sealed.faults() == {CHAINED: ["position 10 is in no seal"]}


async def test_a_missing_seal_is_named(sealed: Ledger) -> None:
    await sealed.tamper("DELETE FROM ledger_seal WHERE number = 2")
    faults = await sealed.faults()
    assert faults[CHAINED][0] == "seal 2 is missing before seal 3"


async def test_a_seal_with_another_head_is_found_by_the_next(sealed: Ledger) -> None:
    await sealed.tamper(
        "UPDATE ledger_entry SET reason = '另有原因' WHERE position = 5",
        "UPDATE ledger_entry e SET digest = ledger_digest(e) WHERE position = 5",
        """UPDATE ledger_seal s SET head = (
               SELECT sha256(s.previous || string_agg(e.digest, ''::bytea ORDER BY e.position))
                 FROM ledger_entry e
                WHERE e.position BETWEEN s.first_position AND s.last_position)
            WHERE number = 2""",
    )
    assert await sealed.faults() == {CHAINED: ["seal 3 does not follow the one before it"]}


async def test_who_rewrites_the_whole_chain_is_found_by_the_head_that_was_published(
    sealed: Ledger,
) -> None:
    """What is inside cannot tell; what was written down elsewhere can (docs/ledger.md)."""

    async def head() -> bytes:
        async with sealed.engine.connect() as connection:
            found = await connection.scalar(text("SELECT head FROM ledger_seal WHERE number = 3"))
            assert isinstance(found, bytes)
            return found

    published = await head()
    await sealed.tamper(
        "UPDATE ledger_entry SET reason = '另有原因' WHERE position = 5",
        "UPDATE ledger_entry SET position = NULL, digest = NULL",
        "DELETE FROM ledger_seal",
    )
    for _ in range(3):
        async with sealed.sessions.begin() as session:
            await session.execute(text("SELECT ledger_seal_rows(3)"))
    assert await sealed.faults() == {}
    assert await head() != published


async def test_faults_are_named_twenty_at_a_time(ledger: Ledger) -> None:
    await ledger.keep(50)
    await ledger.seal()
    await ledger.tamper("UPDATE ledger_entry SET reason = '别的'")
    assert len((await ledger.faults())[UNCHANGED]) == 20
    await ledger.tamper("DELETE FROM ledger_entry")
    assert len((await ledger.faults())[COMPLETE]) == 20


async def test_an_empty_ledger_has_no_fault(ledger: Ledger) -> None:
    assert await ledger.faults() == {}
