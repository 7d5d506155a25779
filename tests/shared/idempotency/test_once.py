"""A request that is sent again: one effect, the first answer every time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event, false, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from app.models.idempotency import IdempotencyRecord
from app.platform.crypto import Digester, KeyRing, Sealer
from app.platform.db import Sessions, create_engine, create_sessions
from app.platform.errors import NotFound
from app.platform.settings import Settings
from app.shared.idempotency import (
    AlreadyAnswered,
    IdempotencyKeyInProgress,
    IdempotencyKeyReused,
    KeyedRequest,
    Once,
)
from tests.conftest import empty

pytestmark = pytest.mark.anyio

KEYS = KeyRing({1: b"k" * 32})
REQUEST = KeyedRequest("StaffMember:1", "POST /v1/things", "key", b"body")
SECRET = "a code that only its holder may see"


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    await empty(settings)
    engine = create_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return create_sessions(engine)


def once(request: KeyedRequest | None = REQUEST) -> Once:
    return Once(request, Digester(KEYS), Sealer(KEYS)).answering(201, lambda thing: f'"{thing}"')


async def effects(sessions: Sessions) -> int:
    """How often it came to an effect: here the record itself."""
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(IdempotencyRecord)) or 0


async def act(sessions: Sessions, guard: Once, thing: str = "done") -> str:
    """A service's transaction, as short as it can be."""
    async with sessions.begin() as session:
        await guard.first(session)
        await guard.keep(session, thing)
    return thing


async def answered(sessions: Sessions, guard: Once) -> AlreadyAnswered:
    with pytest.raises(AlreadyAnswered) as caught:
        await act(sessions, guard, "another")
    return caught.value


async def test_a_repeat_gets_the_first_answer_to_the_byte(sessions: Sessions) -> None:
    await act(sessions, once(), "第一")
    for _ in range(2):
        again = await answered(sessions, once())
        assert (again.status, again.body.decode()) == (201, '"第一"')
    assert await effects(sessions) == 1


async def test_an_act_that_failed_is_tried_anew(sessions: Sessions) -> None:
    async def fail() -> None:
        async with sessions.begin() as session:
            await once().first(session)
            await once().keep(session, "half")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await effects(sessions) == 0
    assert await act(sessions, once(), "whole") == "whole"
    assert (await answered(sessions, once())).body == b'"whole"'


async def test_a_key_with_another_body_is_refused(sessions: Sessions) -> None:
    await act(sessions, once())
    with pytest.raises(IdempotencyKeyReused):
        await act(sessions, once(REQUEST._replace(fingerprint=b"other")))
    assert await effects(sessions) == 1


@pytest.mark.parametrize(
    "other",
    [
        REQUEST._replace(caller="StaffMember:2"),
        REQUEST._replace(caller="Member:1"),
        REQUEST._replace(operation="POST /v1/other-things"),
        REQUEST._replace(operation="PUT /v1/things"),
        REQUEST._replace(key="KEY"),
        # The same characters, cut elsewhere.
        REQUEST._replace(caller="StaffMember:1P", operation="OST /v1/things"),
    ],
    ids=lambda request: f"{request.caller} {request.operation} {request.key}",
)
async def test_a_key_belongs_to_one_caller_and_one_operation(
    sessions: Sessions, other: KeyedRequest
) -> None:
    await act(sessions, once())
    assert await act(sessions, once(other), "theirs") == "theirs"
    assert (await answered(sessions, once())).body == b'"done"'


async def test_without_a_key_every_call_is_new(sessions: Sessions) -> None:
    for _ in range(2):
        assert await act(sessions, once(None)) == "done"
    assert await effects(sessions) == 0


async def test_while_the_first_is_under_way_a_repeat_is_told_to_come_back(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as first:
        await once().first(first)
        with pytest.raises(IdempotencyKeyInProgress) as caught:
            await act(sessions, once())
        assert caught.value.headers == {"Retry-After": "1"}
        # Somebody else's key is not held up.
        await act(sessions, once(REQUEST._replace(key="other")))
        await once().keep(first, "first")
    assert (await answered(sessions, once())).body == b'"first"'


async def test_after_the_first_failed_its_repeat_may_act(sessions: Sessions) -> None:
    async with sessions() as first:
        await once().first(first)
        with pytest.raises(IdempotencyKeyInProgress):
            await act(sessions, once())
    assert await act(sessions, once()) == "done"


async def test_of_many_at_once_one_acts_and_nobody_breaks(sessions: Sessions) -> None:
    answers = await asyncio.gather(
        *(act(sessions, once()) for _ in range(40)), return_exceptions=True
    )
    assert answers.count("done") == 1
    others = {type(each) for each in answers if each != "done"}
    assert others <= {IdempotencyKeyInProgress, AlreadyAnswered}
    assert await effects(sessions) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_first_that_commits_while_its_repeat_asks_for_its_turn_is_seen(
    sessions: Sessions, moment: str
) -> None:
    """Just before the repeat has its turn; or just after it was told that it has none."""
    async with sessions() as first, sessions.begin() as late:
        await once().first(first)
        await once().keep(first, "first")
        connection = (await late.connection()).sync_connection

        @event.listens_for(connection, f"{moment}_cursor_execute")
        def commit_the_first(*arguments: Any) -> None:
            if "pg_try_advisory_xact_lock" in arguments[2]:
                await_only(first.commit())

        with pytest.raises(AlreadyAnswered) as caught:
            await once().first(late)
    assert caught.value.body == b'"first"'
    assert await effects(sessions) == 1


async def test_what_is_not_there_is_not_found_though_its_key_is_in_progress(
    sessions: Sessions,
) -> None:
    """Not found comes before the key; without a key whoever locks the object finds that out."""
    nothing = select(IdempotencyRecord.key_digest).where(false())
    async with sessions.begin() as first:
        await once().first(first)
        async with sessions() as second:
            with pytest.raises(NotFound):
                await once().first(second, about=nothing)
            await once(None).first(second, about=nothing)


async def test_the_kept_answer_is_sealed(sessions: Sessions) -> None:
    await act(sessions, once(), SECRET)
    async with sessions() as session:
        record = (await session.scalars(select(IdempotencyRecord))).one()
    assert SECRET.encode() not in record.body_sealed
    assert REQUEST.key.encode() not in record.key_digest
    assert (await answered(sessions, once())).body.decode() == f'"{SECRET}"'
