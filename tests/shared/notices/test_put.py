"""Telling a member: with the business rows or not at all, and once for all under a key.

The control lets the same crowd tell the same thing where no key is alike. It must tell it more
than once, or the race proves nothing.
"""

import asyncio
from datetime import time
from uuid import UUID

import pytest
from sqlalchemy import text

from app.embedded.identity_provider import IdentityProvider
from app.main import create_app
from app.platform.errors import NotFound
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.notices import NewNotice
from app.shared.notices.webhook_carrier import open_client
from app.shared.outbox.put import Transaction
from tests.factories import Factory
from tests.shared.notices.office import BOTH, CALM, Office
from tests.shared.notices.receiver import Receiver
from tests.shared.outbox.bench import unguarded, until

pytestmark = pytest.mark.anyio

CROWD = 4
# The race begins when all of them wait for this one lock.
HOLD = text("LOCK TABLE notice IN SHARE MODE")
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def test_a_member_is_told_once_under_a_key(office: Office) -> None:
    member = await office.make.member()
    first = await office.tell(member)
    assert first is not None
    assert await office.tell(member) is None
    assert [notice.id for notice in await office.notices()] == [first]
    assert len(await office.jobs()) == 1


async def test_the_same_key_is_another_one_for_another_member(office: Office) -> None:
    for member in await office.make.members(2):
        assert await office.tell(member)


async def test_it_is_told_if_what_it_is_about_is_committed_and_else_not(office: Office) -> None:
    member = await office.make.member()
    with pytest.raises(NotFound):
        await _tell_and_fail(office, member.id)
    assert not await office.notices()
    assert not await office.jobs()


async def _tell_and_fail(office: Office, member_id: UUID) -> None:
    async with office.rooms.sessions.begin() as session:
        await _tell(office, session, member_id)
        raise NotFound()


async def test_it_can_be_told_on_a_bare_connection_as_a_batcher_has_one(office: Office) -> None:
    member = await office.make.member()
    async with office.rooms.engine.begin() as connection:
        await _tell(office, connection, member.id)
    assert len(await office.notices()) == 1


async def _tell(office: Office, transaction: Transaction, member_id: UUID) -> None:
    notice = NewNotice(CALM, member_id, {"title": "春联"}, "test:1")
    assert await office.rooms.notices.notify(transaction, notice)


async def test_many_are_told_in_one_go_each_on_every_channel_of_its_kind(office: Office) -> None:
    members = await office.make.members(20)
    news = [NewNotice(BOTH, each.id, {"title": "春联"}, "test:1") for each in members]
    async with office.rooms.sessions.begin() as session:
        # One of them stands in it twice.
        ids = await office.rooms.notices.notify_many(session, [*news, news[0]])
    assert {notice.id for notice in await office.notices()} == set(ids)
    assert {notice.member_id for notice in await office.notices()} == {m.id for m in members}
    assert len(await office.jobs()) == 40


async def test_nobody_to_tell_is_no_work(office: Office) -> None:
    async with office.rooms.sessions.begin() as session:
        assert await office.rooms.notices.notify_many(session, []) == []


async def test_what_it_says_is_sealed_and_its_job_holds_ids_alone(office: Office) -> None:
    await office.tell(await office.make.member(), link="/v1/breakfast/stores")
    [notice], [job] = await office.notices(), await office.jobs()
    for secret in ("除夕", "春联", "/v1/breakfast"):
        assert secret.encode() not in notice.content_sealed
    assert job.payload == {"notice_id": str(notice.id), "channel": "push"}


async def test_a_kind_that_nobody_declares_is_the_callers_bug(office: Office) -> None:
    with pytest.raises(KeyError):
        await office.tell(await office.make.member(), "test.unknown")


async def _race(office: Office) -> list[UUID | None]:
    """The same news by several at once."""
    member = await office.make.member()
    async with office.rooms.engine.connect() as holder, asyncio.TaskGroup() as group:
        await holder.execute(HOLD)
        tasks = [group.create_task(office.tell(member)) for _ in range(CROWD)]
        await until(lambda: _all_wait(office))
        await holder.rollback()
    return [task.result() for task in tasks]


async def _all_wait(office: Office) -> bool:
    async with office.bench.sessions() as session:
        return await session.scalar(WAITING) == CROWD


async def test_told_by_several_at_once_it_is_one_notice_and_one_job(office: Office) -> None:
    answers = await _race(office)
    assert sorted(answers, key=lambda answer: answer is None)[1:] == [None] * (CROWD - 1)
    assert len(await office.notices()) == 1
    assert len(await office.jobs()) == 1


async def test_the_control_tells_it_several_times_where_no_key_is_alike(
    settings: Settings, receiver: Receiver, identity_provider: IdentityProvider
) -> None:
    async with unguarded(settings) as bench, open_client() as client:
        url = bench.engine.url.render_as_string(hide_password=False)
        app = create_app(settings.model_copy(update={"database_url": url}))
        async with app.router.lifespan_context(app):
            rooms: Rooms = app.state.rooms
            office = Office.of(bench, Factory(rooms, identity_provider), client, receiver)
            await office.go_to(time(12))
            await _take_the_guard_out(office)
            await _race(office)
            told = await office.notices()
    assert len(told) == CROWD


async def _take_the_guard_out(office: Office) -> None:
    """The unique key is there and finds nothing alike."""
    async with office.bench.engine.begin() as connection:
        for statement in (
            """CREATE FUNCTION unlike() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN NEW.dedupe_key := NEW.dedupe_key || gen_random_uuid(); RETURN NEW; END'""",
            """CREATE TRIGGER unlike BEFORE INSERT ON notice
               FOR EACH ROW EXECUTE FUNCTION unlike()""",
        ):
            await connection.exec_driver_sql(statement)
