"""Rows are written with their effect, and the database lets nobody touch them afterwards."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.models.identity import Store
from app.models.ledger import LedgerEntry
from app.models.states import Role, StoreState
from app.platform.errors import StateConflict
from app.shared.idempotency import KeyedRequest
from app.shared.identity import stores
from app.shared.ledger import INSERT_ALIKE, Act, Actor, parameters_alike, write
from tests.factories import Factory
from tests.shared.ledger.rig import TESTER, Ledger, act

pytestmark = pytest.mark.anyio

KEYED = KeyedRequest("staff", "suspend", "key", b"0" * 16)


class Broken(Exception):
    """The transaction fails at its very end."""


def broken(_: object) -> str:
    raise Broken


async def suspend(make: Factory, store_id: UUID, *, breaks: bool = False) -> None:
    rooms, once = make.rooms, make.once
    if breaks:
        once = replace(once, request=KEYED, render=broken)
    await stores.move_store(
        rooms.sessions,
        rooms.clock,
        once,
        actor=make.actor,
        store_id=store_id,
        act="suspend",
        reason="测试",
    )


async def test_an_effect_that_is_rolled_back_leaves_no_row(make: Factory, ledger: Ledger) -> None:
    store_id = await make.store()
    with pytest.raises(Broken):
        await suspend(make, store_id, breaks=True)
    assert await ledger.rows() == []
    async with ledger.sessions() as session:
        state = await session.scalar(select(Store.state).where(Store.id == store_id))
    assert state is StoreState.ACTIVE


async def test_an_effect_that_commits_leaves_one(make: Factory, ledger: Ledger) -> None:
    """The control of the test above: it is the rollback that takes the row away."""
    store_id = await make.store()
    await suspend(make, store_id)
    [row] = await ledger.rows()
    assert (row.verb, row.object_kind, row.object_id) == ("store.suspend", "store", store_id)
    assert (row.actor_kind, row.origin, row.reason) == ("system", "test", "测试")
    with pytest.raises(StateConflict):
        await suspend(make, store_id)
    assert len(await ledger.rows()) == 1


async def test_a_hot_path_writes_the_rows_that_anybody_would(ledger: Ledger) -> None:
    """The two texts of the one INSERT."""
    acts = [act(at=datetime(2023, 1, 5, tzinfo=UTC)) for _ in range(3)]
    async with ledger.sessions.begin() as session:
        await write(session, acts)
        await session.execute(text(INSERT_ALIKE), parameters_alike(acts))
    columns = [each.key for each in LedgerEntry.__table__.columns if each.key != "id"]
    rows = [[getattr(row, key) for key in columns] for row in await ledger.rows()]
    assert len(rows) == 6
    assert rows[:3] == rows[3:]


@pytest.mark.parametrize(
    "other",
    [
        replace(act(), verb="thing.remove"),
        replace(act(), reason="因为"),
        replace(act(), refusal="forbidden"),
        replace(act(), times=2),
        replace(act(), object_kind="store"),
        replace(act(), actor=replace(TESTER, roles=frozenset(Role))),
        replace(act(), actor=Actor.unknown(TESTER.digester, origin="", request_id="")),
    ],
    ids=["verb", "reason", "refusal", "times", "object", "roles", "actor"],
)
def test_acts_of_several_kinds_are_not_written_as_one_kind(other: Act) -> None:
    with pytest.raises(ValueError, match="several kinds"):
        parameters_alike([act(), other])


TOUCHES = {
    "a word changed": "UPDATE ledger_entry SET reason = '别的'",
    "a digest changed": "UPDATE ledger_entry SET digest = '\\x00'",
    "its place taken": "UPDATE ledger_entry SET position = NULL, digest = NULL",
    "another place": "UPDATE ledger_entry SET position = position + 100",
    "removed": "DELETE FROM ledger_entry",
    "all removed": "TRUNCATE ledger_entry",
    "a seal changed": "UPDATE ledger_seal SET head = '\\x00'",
    "a seal removed": "DELETE FROM ledger_seal",
    "all seals removed": "TRUNCATE ledger_seal",
}


@pytest.mark.parametrize("statement", TOUCHES.values(), ids=TOUCHES.keys())
async def test_the_database_refuses_to_change_or_remove_what_is_sealed(
    ledger: Ledger, statement: str
) -> None:
    await ledger.keep(2)
    await ledger.seal()
    with pytest.raises(IntegrityError, match="not changed and not removed"):
        async with ledger.engine.begin() as connection:
            await connection.execute(text(statement))
    assert len(await ledger.rows()) == 2
    assert await ledger.faults() == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET reason = '别的'",
        "UPDATE ledger_entry SET position = 1, digest = '\\x00', reason = '别的'",
        "UPDATE ledger_entry SET position = 1, digest = '\\x00', changes = '{}'",
        "DELETE FROM ledger_entry",
    ],
)
async def test_what_is_not_sealed_yet_is_refused_as_well(ledger: Ledger, statement: str) -> None:
    await ledger.keep(1)
    with pytest.raises(IntegrityError, match="not changed and not removed"):
        async with ledger.engine.begin() as connection:
            await connection.execute(text(statement))


async def test_only_a_refusal_is_counted(ledger: Ledger) -> None:
    async with ledger.sessions.begin() as session:
        await write(session, [act(times=3, refusal="forbidden")])
    with pytest.raises(IntegrityError, match="only_refusals_are_counted"):
        async with ledger.sessions.begin() as session:
            await write(session, [act(times=3)])
