"""Consents: given and withdrawn, the last word counts, and nothing happens after "withdrawn"."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.models.consents import Consent
from app.models.states import Purpose
from app.platform.errors import VersionStale
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.consents import (
    TEXTS,
    ConsentRequired,
    Standing,
    purposes,
    read_consent,
    read_consents,
    require,
    set_consent,
)
from app.shared.identity.callers import Actor
from app.shared.identity.refusals import MemberNotRegistered
from tests.conftest import own_database
from tests.factories import Factory

pytestmark = pytest.mark.anyio

HEALTH = Purpose.HEALTH_DATA
# What was published stays as it was; a new wording is a new version and a new line here.
PUBLISHED = {
    (Purpose.HEALTH_DATA, 1): "e428daa20e18120e",
    (Purpose.SHOW_CONTACT, 1): "75b82046864d5da6",
    (Purpose.NOTICES, 1): "0fb64ec3f291aeeb",
}

PAUSE = """
    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END'
"""
PAUSED = """
    CREATE TRIGGER paused BEFORE INSERT ON consent FOR EACH ROW EXECUTE FUNCTION pause()
"""


@dataclass
class Desk:
    """One member's consents to health data."""

    rooms: Rooms
    member_id: UUID

    async def say(self, given: bool, version: int | None = 1) -> Standing:
        rooms = self.rooms
        return await set_consent(
            rooms.sessions,
            rooms.clock,
            actor=Actor.system("test", rooms.digester),
            member_id=self.member_id,
            purpose=HEALTH,
            given=given,
            version=version,
        )

    async def stands(self) -> bool:
        standing = await read_consent(self.rooms.sessions, member_id=self.member_id, purpose=HEALTH)
        return standing.given

    async def require(self) -> None:
        async with self.rooms.sessions.begin() as session:
            await require(session, member_id=self.member_id, purpose=HEALTH)

    async def rows(self) -> Sequence[Any]:
        statement = select(Consent.number, Consent.given, Consent.at).order_by(
            Consent.number, Consent.id
        )
        async with self.rooms.sessions() as session:
            return (await session.execute(statement)).all()


@pytest.fixture
async def desk(rooms: Rooms, make: Factory) -> Desk:
    return Desk(rooms, (await make.member()).id)


async def test_nobody_consents_to_anything_unasked(desk: Desk) -> None:
    standings = await read_consents(desk.rooms.sessions, member_id=desk.member_id)
    assert [standing.purpose for standing in standings] == list(Purpose)
    assert not [standing for standing in standings if standing.given]
    with pytest.raises(ConsentRequired) as refused:
        await desk.require()
    assert refused.value.facts == {"purpose": "health_data", "version": 1}


async def test_a_consent_counts_until_it_is_withdrawn_and_each_word_is_kept(desk: Desk) -> None:
    given = await desk.say(True)
    assert (given.given, given.changed_version, given.channel) == (True, 1, "app")
    await desk.require()
    withdrawn = await desk.say(False, version=None)
    assert not withdrawn.given
    with pytest.raises(ConsentRequired):
        await desk.require()
    await desk.say(True)
    await desk.require()
    assert [row.given for row in await desk.rows()] == [True, False, True]


async def test_the_same_word_again_is_no_other_word(desk: Desk) -> None:
    await desk.say(False)
    assert await desk.rows() == []
    first = await desk.say(True)
    assert await desk.say(True) == first
    assert len(await desk.rows()) == 1


async def test_one_purpose_says_nothing_of_another(desk: Desk) -> None:
    await desk.say(True)
    async with desk.rooms.sessions.begin() as session:
        with pytest.raises(ConsentRequired):
            await require(session, member_id=desk.member_id, purpose=Purpose.SHOW_CONTACT)


async def test_a_new_text_is_asked_for_anew_and_the_old_consent_can_still_be_withdrawn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.say(True)
    (text_1,) = TEXTS[HEALTH]
    monkeypatch.setattr(purposes, "TEXTS", {**TEXTS, HEALTH: (text_1, text_1)})
    assert not await desk.stands()
    with pytest.raises(ConsentRequired):
        await desk.require()
    with pytest.raises(VersionStale) as stale:
        await desk.say(True, version=1)
    assert stale.value.facts == {"version": 2}
    assert not (await desk.say(False)).given
    assert (await desk.say(True, version=2)).given
    assert [row.given for row in await desk.rows()] == [True, False, True]


async def test_a_stranger_consents_to_nothing(desk: Desk) -> None:
    with pytest.raises(MemberNotRegistered):
        await replace(desk, member_id=new_id()).say(True)


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_its_text_and_what_was_published_is_never_changed(
    purpose: Purpose,
) -> None:
    digests = {
        (purpose, version): sha256("".join((*shown.title, *shown.text)).encode()).hexdigest()[:16]
        for version, shown in enumerate(TEXTS[purpose], start=1)
    }
    assert digests == {key: value for key, value in PUBLISHED.items() if key[0] is purpose}


async def test_of_words_said_at_once_the_last_one_counts(desk: Desk) -> None:
    await _argue(desk)
    rows = await desk.rows()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(one.at <= other.at and one.given != other.given for one, other in pairwise(rows))
    assert await desk.stands() == rows[-1].given


async def test_control_without_the_lock_and_the_key_two_words_take_one_place(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    async with _unguarded(settings, identity_provider) as desk:
        await _argue(desk)
        numbers = [row.number for row in await desk.rows()]
    assert len(set(numbers)) < len(numbers)


async def test_a_withdrawal_waits_for_what_is_being_done_by_the_consent(desk: Desk) -> None:
    await desk.say(True)
    async with desk.rooms.sessions.begin() as session:
        await require(session, member_id=desk.member_id, purpose=HEALTH)
        withdrawal = asyncio.create_task(desk.say(False))
        await _until_somebody_waits(desk.rooms)
        assert await desk.stands(), "nobody is told that it is withdrawn yet"
    await withdrawal
    with pytest.raises(ConsentRequired):
        await desk.require()


async def test_control_without_the_lock_a_withdrawal_is_answered_in_the_middle_of_it(
    settings: Settings, identity_provider: IdentityProvider
) -> None:
    async with _unguarded(settings, identity_provider) as desk:
        await desk.say(True)
        async with desk.rooms.sessions.begin() as session:
            await require(session, member_id=desk.member_id, purpose=HEALTH)
            await desk.say(False)
            assert not await desk.stands()


async def test_services_that_require_a_consent_do_not_wait_for_each_other(desk: Desk) -> None:
    await desk.say(True)
    async with desk.rooms.sessions.begin() as session:
        await require(session, member_id=desk.member_id, purpose=HEALTH)
        await desk.require()


async def _argue(desk: Desk) -> None:
    """Both words, from eight sides at once; each takes a moment to be written down."""
    async with desk.rooms.engine.begin() as connection:
        await connection.execute(text(PAUSE))
        await connection.execute(text(PAUSED))
    try:
        async with asyncio.TaskGroup() as group:
            for turn in range(8):
                group.create_task(desk.say(turn % 2 == 0))
    finally:
        async with desk.rooms.engine.begin() as connection:
            await connection.execute(text("DROP FUNCTION pause CASCADE"))


async def _until_somebody_waits(rooms: Rooms) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with rooms.engine.connect() as connection:
        while not await connection.scalar(waiting):
            await connection.rollback()
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _unguarded(settings: Settings, provider: IdentityProvider) -> AsyncIterator[Desk]:
    """A database of its own, where members cannot be locked and numbers can be taken twice."""
    unguarded = await own_database(settings, "unguarded_consents")
    async with open_rooms(unguarded) as rooms:
        member = await Factory(rooms, provider).member()
        async with rooms.engine.begin() as connection:
            for statement in (
                "ALTER TABLE consent DROP CONSTRAINT uq_consent_member_id_purpose_number",
                "ALTER TABLE member RENAME TO member_rows",
                # A row of a function has no lock.
                "CREATE FUNCTION unlocked_members() RETURNS SETOF member_rows"
                " LANGUAGE sql AS 'SELECT * FROM member_rows'",
                "CREATE VIEW member AS SELECT * FROM unlocked_members()",
            ):
                await connection.execute(text(statement))
        yield Desk(rooms, member.id)
