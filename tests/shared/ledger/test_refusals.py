"""Refusals that matter have rows, however many there are; in a rush they are counted."""

from uuid import UUID

import pytest

from app.models.ledger import LedgerEntry
from app.models.states import ActorKind
from app.platform.db import create_engine, create_sessions
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.platform.telemetry import REGISTRY
from app.routers.rooms import Rooms
from app.shared.ledger import Act, Actor, Refusals
from app.shared.ledger.refused import CROWD, MOST_NAMED
from tests.shared.ledger.rig import DIGESTER, Ledger

pytestmark = pytest.mark.anyio


def refused(code: str = "forbidden", *, who: UUID | None = None, origin: str = "192.0.2.1") -> Act:
    kind = ActorKind.STAFF if who else ActorKind.PUBLIC
    actor = Actor(kind, who, "somebody", DIGESTER, origin=origin, request_id="request-0001")
    return Act(actor, "breakfast.batch.start", "batch", UUID(int=1), refusal=code)


async def kept(rooms: Rooms, ledger: Ledger, *acts: Act) -> list[LedgerEntry]:
    for each in acts:
        rooms.refusals.note(each)
    await rooms.refusals.drain()
    return await ledger.rows()


def counted(fate: str) -> float:
    return REGISTRY.get_sample_value("ledger_refusals_total", {"fate": fate}) or 0


@pytest.mark.parametrize("times", [1, 500])
async def test_one_and_many_of_a_kind_are_one_row_that_says_how_many(
    rooms: Rooms, ledger: Ledger, times: int
) -> None:
    before = counted("written"), counted("counted")
    [row] = await kept(rooms, ledger, *[refused()] * times)
    assert (row.verb, row.refusal, row.times) == ("breakfast.batch.start", "forbidden", times)
    assert (row.origin, row.object_id, row.changes) == ("192.0.2.1", UUID(int=1), None)
    after = counted("written"), counted("counted")
    assert (after[0] - before[0], after[1] - before[1]) == (1, times - 1)


async def test_different_ones_have_rows_of_their_own(rooms: Rooms, ledger: Ledger) -> None:
    staff = new_id()
    rows = await kept(
        rooms, ledger, refused(who=staff), refused("state_conflict", who=staff), refused()
    )
    assert {(row.actor_id, row.refusal) for row in rows} == {
        (staff, "forbidden"),
        (staff, "state_conflict"),
        (None, "forbidden"),
    }


async def test_a_crowd_does_not_fill_the_ledger_and_is_counted_whole(
    rooms: Rooms, ledger: Ledger
) -> None:
    crowd = [refused(origin=f"198.51.100.{place}") for place in range(200)]
    rows = await kept(rooms, ledger, *crowd, *crowd, refused("state_conflict"))
    assert len(rows) == MOST_NAMED + 2
    assert sum(row.times for row in rows) == 401
    unnamed = {row.refusal: row for row in rows if row.origin == CROWD}
    assert set(unnamed) == {"forbidden", "state_conflict"}
    assert unnamed["forbidden"].times == 2 * (200 - MOST_NAMED)
    assert {(row.actor_kind, row.actor_id, row.object_id) for row in unnamed.values()} == {
        (ActorKind.SYSTEM, None, None)
    }


async def test_the_next_round_names_again(rooms: Rooms, ledger: Ledger) -> None:
    await kept(rooms, ledger, refused())
    rows = await kept(rooms, ledger, refused())
    assert [row.times for row in rows] == [1, 1]


async def test_books_that_are_away_fail_nobody_and_it_is_counted(
    rooms: Rooms, settings: Settings
) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+asyncpg://x@127.0.0.1:1/x"})
    engine, before = create_engine(away), counted("lost")
    refusals = Refusals(create_sessions(engine), rooms.clock)
    refusals.note(refused())
    await refusals.drain()
    assert counted("lost") - before == 1
    await engine.dispose()
