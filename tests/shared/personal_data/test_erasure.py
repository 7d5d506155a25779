"""An erasure: nothing that may go is left, nothing is called done that is not, limits hold."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.models.identity import Person
from app.models.notices import Notice
from app.models.personal_data import Erasure
from app.packs.breakfast.claim import claim
from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.consents import set_consent
from app.shared.idempotency import KeyedRequest
from app.shared.identity.callers import Member
from app.shared.notices import NewNotice
from app.shared.personal_data import Outcome, forget_due
from app.shared.stock import LimitReached
from tests.conftest import own_database
from tests.factories import YEAR, Factory
from tests.shared.imports.test_members import counts, load_rows, refused, row
from tests.shared.personal_data.erased import Registry, outcome_of
from tests.tills import Counter

pytestmark = pytest.mark.anyio

NAME, PHONE = "张三丰", "19912345678"
IS_PAUSING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'
"""
# Persons and members that cannot be locked: a row of a function has no lock.
UNLOCKED = (
    "ALTER TABLE person RENAME TO person_rows",
    """CREATE FUNCTION unlocked_persons() RETURNS SETOF person_rows
       LANGUAGE sql AS 'SELECT * FROM person_rows'""",
    "CREATE VIEW person AS SELECT * FROM unlocked_persons()",
    """CREATE FUNCTION write_person() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN UPDATE person_rows SET number_erased_at = NEW.number_erased_at
        WHERE id = OLD.id; RETURN NEW; END'""",
    """CREATE TRIGGER write_person INSTEAD OF UPDATE ON person
       FOR EACH ROW EXECUTE FUNCTION write_person()""",
    "ALTER TABLE member RENAME TO member_rows",
    """CREATE FUNCTION unlocked_members() RETURNS SETOF member_rows
       LANGUAGE sql AS 'SELECT * FROM member_rows'""",
    "CREATE VIEW member AS SELECT * FROM unlocked_members()",
    """CREATE FUNCTION write_member() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN UPDATE member_rows SET erased_at = NEW.erased_at
        WHERE id = OLD.id; RETURN NEW; END'""",
    """CREATE TRIGGER write_member INSTEAD OF UPDATE ON member
       FOR EACH ROW EXECUTE FUNCTION write_member()""",
)


def paused(seconds: float) -> tuple[str, str]:
    """Each erasure takes a moment between having looked and being committed."""
    return (
        f"""CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END'""",
        """CREATE TRIGGER paused BEFORE INSERT ON erasure
           FOR EACH ROW EXECUTE FUNCTION pause()""",
    )


@pytest.fixture
def registry(rooms: Rooms) -> Registry:
    return Registry(rooms)


async def known_member(rooms: Rooms, number: str) -> Member:
    found = await rooms.directory.find(number)
    assert found is not None
    return found


async def test_nothing_is_left_that_leads_to_the_person_and_the_books_stay_right(
    registry: Registry, make: Factory, counter: Counter
) -> None:
    member = await make.member(name=NAME, phone=PHONE)
    batch, till = await make.batch(per_person_per_day=3), await counter.till()
    used, left = [await counter.voucher(batch=batch, member=member) for _ in range(2)]
    await counter.redeem(till, "T1-0001", used.code)
    await counter.void(left.id)
    await set_consent(
        registry.rooms.sessions,
        registry.rooms.clock,
        actor=member.acting(registry.rooms.digester),
        member_id=member.id,
        purpose="notices",
        given=True,
        version=1,
    )
    traces = (NAME, PHONE, member.member_no, str(member.person_id))
    async with registry.rooms.sessions.begin() as session:
        await registry.rooms.notices.notify(session, a_notice(member))
    before = await registry.everything()
    assert "breakfast.voucher_expiring" in before
    assert all(trace in before for trace in traces)
    report = await registry.erase(member)
    after = await registry.everything()
    assert [trace for trace in traces[:3] if trace in after] == []
    assert "breakfast.voucher_expiring" not in after
    assert outcome_of(report, "breakfast_redemptions") is Outcome.DETACHED
    assert await counter.redemptions() == 1
    assert await registry.faults() == []


async def test_D28_what_was_not_erased_is_reported_as_refused_and_never_as_done(
    registry: Registry, make: Factory
) -> None:
    """dentalpin PR 374: an erasure was logged for a category that could not be erased."""
    member = await make.member()

    async def forget_to(_: object) -> None:
        """Says nothing and does nothing."""

    kinds = tuple(
        replace(kind, erase=forget_to) if kind.name == "categories" else kind
        for kind in registry.rooms.data_kinds
    )
    report = await registry.erase(member, kinds)
    assert outcome_of(report, "categories") is Outcome.REFUSED
    assert outcome_of(report, "account") is Outcome.ERASED
    assert [fault.split(":")[0] for fault in await registry.faults()] == ["erased_account_is_empty"]


async def test_limits_still_count_the_person_under_another_account(
    registry: Registry, make: Factory
) -> None:
    rooms, batch = registry.rooms, await make.batch(per_person_total=1)
    await load_rows(rooms, row(1), row(2, number=row(1).split(",")[2]))
    first, second = await known_member(rooms, "P1"), await known_member(rooms, "P2")
    assert first.person_id == second.person_id

    async def press(member: Member) -> None:
        await claim(
            rooms.stock,
            rooms.catalogue,
            rooms.directory,
            rooms.vouchers,
            rooms.clock,
            member=member,
            actor=member.acting(rooms.digester),
            batch_id=batch.id,
            request=KeyedRequest(str(member.id), "claim", "key", b"0" * 16),
        )

    await press(first)
    report = await registry.erase(first)
    assert outcome_of(report, "identity_number") is Outcome.REFUSED, "the other account needs it"
    with pytest.raises(LimitReached):
        await press(second)
    assert outcome_of(await registry.erase(second), "identity_number") is Outcome.ERASED
    assert await registry.faults() == []


async def test_no_file_brings_an_erased_account_back_until_the_campaign_is_over(
    registry: Registry, make: Factory
) -> None:
    rooms = registry.rooms
    await make.campaign()
    await load_rows(rooms, row(1), row(2))
    await registry.erase(await known_member(rooms, "P1"))
    report = await load_rows(rooms, row(1), row(2))
    assert counts(report) == (2, 0, 0, 1, 1)
    assert refused(report) == [(2, "member_erased")]
    await make.move_clock(YEAR + timedelta(days=1))
    async with rooms.sessions.begin() as session:
        assert await forget_due(session, rooms.clock.now()) == 1
        assert await forget_due(session, rooms.clock.now()) == 0
    report = await load_rows(rooms, row(1), row(2))
    assert counts(report) == (2, 1, 0, 1, 0)
    async with rooms.sessions() as session:
        persons = await session.scalar(select(func.count()).select_from(Person))
    assert persons == 3, "nothing tells any more that it is the same person"
    assert await registry.faults() == []


async def test_who_comes_back_under_a_new_number_is_the_same_person_again(
    registry: Registry, make: Factory
) -> None:
    rooms = registry.rooms
    await make.campaign()
    await load_rows(rooms, row(1))
    before = await known_member(rooms, "P1")
    await registry.erase(before)
    await load_rows(rooms, row(2, number=row(1).split(",")[2]))
    again = await known_member(rooms, "P2")
    assert again.person_id == before.person_id
    assert row(1).split(",")[2] in await registry.everything()
    assert await registry.faults() == []
    await make.move_clock(YEAR + timedelta(days=1))
    async with rooms.sessions.begin() as session:
        await forget_due(session, rooms.clock.now())
    assert await registry.faults() == []


async def test_one_account_erased_twice_at_once_is_erased_once_and_told_the_same(
    registry: Registry, make: Factory
) -> None:
    await make.campaign()
    member = await make.member()
    reports = await asyncio.gather(*(registry.erase(member) for _ in range(4)))
    assert len({report.id for report in reports}) == 1
    assert all(report == reports[0] for report in reports)
    async with registry.rooms.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Erasure)) == 1


async def test_a_stranger_cannot_be_erased(registry: Registry, make: Factory) -> None:
    with pytest.raises(NotFound):
        await registry.erase(replace(await make.member(), id=new_id()))


async def test_of_two_accounts_of_one_person_erased_at_once_the_second_takes_the_number_along(
    registry: Registry, make: Factory
) -> None:
    numbers = await _erase_pairs(registry, make)
    assert numbers == 0
    assert await registry.faults() == []


async def test_control_without_the_locks_each_account_leaves_the_number_to_the_other(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    async with _database_of_its_own(settings, identity_provider) as (registry, make):
        assert await _erase_pairs(registry, make, guarded=False) > 0


async def test_nobody_is_told_anything_in_the_middle_of_their_erasure_or_after_it(
    registry: Registry, make: Factory
) -> None:
    assert await _told_in_the_middle(registry, make) == 0
    assert await registry.faults() == []


async def test_control_without_the_locks_a_notice_outlives_the_erasure(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    async with _database_of_its_own(settings, identity_provider) as (registry, make):
        assert await _told_in_the_middle(registry, make, guarded=False) == 1


async def _told_in_the_middle(registry: Registry, make: Factory, *, guarded: bool = True) -> int:
    """How many notices there are after somebody was told something while being erased."""
    rooms, member = registry.rooms, await make.member()
    async with rooms.engine.begin() as connection:
        for statement in (*paused(1), *(() if guarded else UNLOCKED)):
            await connection.exec_driver_sql(statement)
    erasure = asyncio.create_task(registry.erase(member))
    async with rooms.engine.connect() as connection:
        while not await connection.scalar(text(IS_PAUSING)):
            await connection.rollback()
    async with rooms.sessions.begin() as session:
        await rooms.notices.notify(session, a_notice(member))
    await erasure
    async with rooms.engine.begin() as connection:
        await connection.exec_driver_sql("DROP FUNCTION pause CASCADE")
        return await connection.scalar(select(func.count()).select_from(Notice)) or 0


def a_notice(member: Member) -> NewNotice:
    return NewNotice(
        VOUCHER_EXPIRING,
        member.id,
        {"face_value": 1000, "last_day": date(2026, 11, 26), "area": None, "store_count": 1},
        dedupe_key="test",
    )


async def _erase_pairs(registry: Registry, make: Factory, *, guarded: bool = True) -> int:
    """Six persons with two accounts each, all erased at once; how many numbers are left."""
    pairs = []
    for _ in range(6):
        first = await make.member()
        pairs.append((first, await make.member(person_id=first.person_id)))
    async with registry.rooms.engine.begin() as connection:
        for statement in (*paused(0.05), *(() if guarded else UNLOCKED)):
            await connection.exec_driver_sql(statement)
    for pair in pairs:
        await asyncio.gather(*(registry.erase(member) for member in pair))
    async with registry.rooms.engine.begin() as connection:
        left = await connection.scalar(
            select(func.count()).select_from(Person).where(Person.number_erased_at.is_(None))
        )
        await connection.exec_driver_sql("DROP FUNCTION pause CASCADE")
    return left or 0


@asynccontextmanager
async def _database_of_its_own(
    settings: Settings, provider: IdentityProvider
) -> AsyncIterator[tuple[Registry, Factory]]:
    own = await own_database(settings, "unguarded_erasure")
    async with open_rooms(own) as rooms:
        yield Registry(rooms), Factory(rooms, provider)
