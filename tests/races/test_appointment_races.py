"""Everybody wants one slot, one person is everywhere at once, and two move to the same place.

The interleavings are laid down: who races is held before a table until all stand there. The
controls take the guards out, and the same races must book a slot twice and a person too.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models.health_appointments import HOLDING, NO_TWO_AT_ONCE
from app.shared.identity.callers import Member
from tests.appointing import Appointing, assert_health_is_right, told
from tests.factories import Factory
from tests.locks import unwritable

pytestmark = pytest.mark.anyio

CROWD, RACERS = 20, 4
Told = Counter[str]


@pytest.fixture
def appointing(client: httpx.AsyncClient, make: Factory) -> Appointing:
    return Appointing(client, make)


async def together(
    engine: AsyncEngine, table: str, acts: Sequence[Awaitable[httpx.Response]]
) -> Told:
    """What each heard, all of them having come before any could write."""
    async with unwritable(engine, table) as until_waiting:
        racing = [asyncio.ensure_future(act) for act in acts]
        await until_waiting(len(racing))
    return heard(await asyncio.gather(*racing))


def heard(answers: Sequence[httpx.Response]) -> Told:
    return Counter(str(told(each)[1] or each.status_code) for each in answers)


async def race_for_a_slot(appointing: Appointing, racers: Sequence[Member], slot_id: str) -> Told:
    engine = appointing.make.rooms.engine
    acts = [appointing.book(each, slot_id) for each in racers]
    return await together(engine, "health_appointment", acts)


async def race_of_one_person(appointing: Appointing, slot_ids: Sequence[str]) -> Told:
    """In as many accounts as there are slots, each with an expert of its own, at one time."""
    one = await appointing.patient()
    others = [await appointing.patient(person_id=one.person_id) for _ in slot_ids[1:]]
    acts = [
        appointing.book(each, slot_id)
        for each, slot_id in zip([one, *others], slot_ids, strict=True)
    ]
    return await together(appointing.make.rooms.engine, "health_appointment", acts)


async def race_of_two_who_move(
    appointing: Appointing, held: Sequence[tuple[Member, str]], slot_id: str
) -> Told:
    acts = [appointing.move(member, found, slot_id) for member, found in held]
    return await together(appointing.make.rooms.engine, "health_appointment", acts)


async def test_D7_of_twenty_on_one_slot_one_has_it_and_nineteen_are_told_that_it_is_taken(
    appointing: Appointing, make: Factory
) -> None:
    """Easyappointments 31: one slot, booked from two browsers."""
    slots = await appointing.slots(await appointing.planned())
    crowd = await appointing.patients(CROWD)
    answers = await asyncio.gather(*(appointing.book(each, slots[0]["id"]) for each in crowd))
    assert heard(answers) == {"201": 1, "slot_taken": CROWD - 1}
    racers = await appointing.patients(RACERS)
    raced = await race_for_a_slot(appointing, racers, slots[1]["id"])
    assert raced == {"201": 1, "slot_taken": RACERS - 1}
    await assert_health_is_right(make.rooms)


async def test_D7_any_expert_gives_as_many_bookings_as_there_are_free_slots(
    appointing: Appointing, make: Factory
) -> None:
    """Easyappointments 845: the same with "any provider"."""
    experts = [await appointing.planned(slots=1) for _ in range(3)]
    at = (await appointing.slots(experts[0]))[0]["starts_at"]
    crowd = await appointing.patients(CROWD)
    wanted = {"topic": "general", "starts_at": at}
    answers = await asyncio.gather(*(appointing.book(each, wanted) for each in crowd))
    assert heard(answers) == {"201": len(experts), "slot_taken": CROWD - len(experts)}
    having = {each.json()["slot_id"] for each in answers if each.is_success}
    assert len(having) == len(experts)
    await assert_health_is_right(make.rooms)


async def test_one_person_who_is_everywhere_at_once_has_one_appointment(
    appointing: Appointing, make: Factory
) -> None:
    experts = [await appointing.planned(slots=1) for _ in range(RACERS)]
    slot_ids = [(await appointing.slots(each))[0]["id"] for each in experts]
    raced = await race_of_one_person(appointing, slot_ids)
    assert raced == {"201": 1, "overlapping": RACERS - 1}
    await assert_health_is_right(make.rooms)


async def test_of_two_who_move_to_one_slot_one_does_and_the_other_keeps_what_they_have(
    appointing: Appointing, make: Factory
) -> None:
    expert = await appointing.planned()
    slots = await appointing.slots(expert)
    ann, bob = await appointing.patients(2)
    mine = (await appointing.booked(ann, slots[0]["id"]))["id"]
    theirs = (await appointing.booked(bob, slots[1]["id"]))["id"]
    raced = await race_of_two_who_move(appointing, [(ann, mine), (bob, theirs)], slots[2]["id"])
    assert raced == {"200": 1, "slot_taken": 1}
    free = [each["is_free"] for each in await appointing.slots(expert)]
    assert sorted(free[:2]) == [False, True]
    assert free[2:] == [False, True]
    # Who would exchange places: neither waits for the other for good, and each keeps their own.
    at = {each: (await appointing.see(*each))["slot_id"] for each in ((ann, mine), (bob, theirs))}
    swapped = await asyncio.gather(
        appointing.move(ann, mine, at[bob, theirs]), appointing.move(bob, theirs, at[ann, mine])
    )
    assert heard(swapped) == {"slot_taken": 2}
    await assert_health_is_right(make.rooms)


async def test_the_control_books_a_slot_and_moves_to_it_twice_without_the_guards(
    appointing: Appointing, make: Factory
) -> None:
    slots = await appointing.slots(await appointing.planned())
    racers = await appointing.patients(RACERS)
    ann, bob = await appointing.patients(2)
    held = [
        (member, (await appointing.booked(member, slots[place]["id"]))["id"])
        for place, member in enumerate((ann, bob))
    ]
    async with unguarded(make.rooms.engine, SLOTS_UNLOCKED, SLOTS_AS_BEFORE):
        assert (await race_for_a_slot(appointing, racers, slots[2]["id"]))["201"] > 1
        assert (await race_of_two_who_move(appointing, held, slots[3]["id"]))["200"] > 1


async def test_the_control_has_a_person_in_two_places_without_the_constraint(
    appointing: Appointing, make: Factory
) -> None:
    experts = [await appointing.planned(slots=1) for _ in range(RACERS)]
    slot_ids = [(await appointing.slots(each))[0]["id"] for each in experts]
    async with unguarded(make.rooms.engine, EVERYWHERE_AT_ONCE, ONE_PLACE_AGAIN):
        assert (await race_of_one_person(appointing, slot_ids))["201"] > 1


@asynccontextmanager
async def unguarded(
    engine: AsyncEngine, without: Sequence[str], as_before: Sequence[str]
) -> AsyncIterator[None]:
    """What was booked meanwhile is gone afterwards: it could not be kept by the guards."""
    gone = ("DELETE FROM health_appointment_history", "DELETE FROM health_appointment")
    await _run(engine, without)
    try:
        yield
    finally:
        await _run(engine, [*gone, *as_before])


async def _run(engine: AsyncEngine, statements: Sequence[str]) -> None:
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


# Slots that cannot be locked: a row of a function has no lock. And what would still find out.
SLOTS_UNLOCKED = (
    "DROP INDEX uq_health_appointment_holding",
    "ALTER TABLE health_slot RENAME TO slot_rows",
    """CREATE FUNCTION unlocked_slots() RETURNS SETOF slot_rows
       LANGUAGE sql AS 'SELECT * FROM slot_rows'""",
    "CREATE VIEW health_slot AS SELECT * FROM unlocked_slots()",
    """CREATE FUNCTION write_slot() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN UPDATE slot_rows SET pool_id = NEW.pool_id WHERE id = OLD.id; RETURN NEW; END'""",
    """CREATE TRIGGER write_slot INSTEAD OF UPDATE ON health_slot
       FOR EACH ROW EXECUTE FUNCTION write_slot()""",
)
SLOTS_AS_BEFORE = (
    "DROP VIEW health_slot",
    "DROP FUNCTION write_slot()",
    "DROP FUNCTION unlocked_slots()",
    "ALTER TABLE slot_rows RENAME TO health_slot",
    f"""CREATE UNIQUE INDEX uq_health_appointment_holding ON health_appointment (slot_id)
        WHERE {HOLDING}""",
)
# The same name, and nothing that could ever be in its way.
EVERYWHERE_AT_ONCE = (
    f"ALTER TABLE health_appointment DROP CONSTRAINT {NO_TWO_AT_ONCE}",
    f"ALTER TABLE health_appointment ADD CONSTRAINT {NO_TWO_AT_ONCE}"
    " EXCLUDE USING gist (id WITH =)",
)
ONE_PLACE_AGAIN = (
    f"ALTER TABLE health_appointment DROP CONSTRAINT {NO_TWO_AT_ONCE}",
    f"""ALTER TABLE health_appointment ADD CONSTRAINT {NO_TWO_AT_ONCE} EXCLUDE USING gist
        (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE ({HOLDING})""",
)
