"""One person on many phones begins the last attempt that is left: one of them does.

The control takes the unique keys out, and the same race must give more.
"""

import asyncio
from collections import Counter

import httpx
import pytest
from sqlalchemy import text

from tests.factories import Factory
from tests.quizzing import Quizzing

pytestmark = pytest.mark.anyio

PHONES, CAP = 6, 2
WAITING = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'health_attempt'::regclass
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
KEY = "ALTER TABLE health_attempt {} CONSTRAINT uq_health_attempt_quiz_id_person_id_number"
LIVE = "uq_health_attempt_live"


async def race(client: httpx.AsyncClient, make: Factory) -> "Counter[str]":
    """What the phones heard: accounts of one person, each with a key of its own."""
    quizzing = Quizzing(client, make)
    one = await make.member()
    accounts = [await make.member(person_id=one.person_id) for _ in range(PHONES)]
    quiz_id = await quizzing.opened(attempts_per_person=CAP)
    await quizzing.finished(one, quiz_id)
    async with make.rooms.engine.begin() as holder:
        # All stand before the table at once, each with a connection of its own, and go together.
        await holder.execute(text("LOCK TABLE health_attempt IN SHARE MODE"))
        starts = [asyncio.create_task(quizzing.start(each, quiz_id)) for each in accounts]
        await all_wait(make)
    pressed = await asyncio.gather(*starts)
    return Counter(str(each.json().get("code", each.status_code)) for each in pressed)


async def all_wait(make: Factory) -> None:
    async with asyncio.timeout(20), make.rooms.engine.connect() as connection:
        while await connection.scalar(text(WAITING)) < PHONES:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_of_six_phones_one_begins_the_last_attempt(
    client: httpx.AsyncClient, make: Factory
) -> None:
    heard = await race(client, make)
    assert heard == {"201": 1, "attempts_used": PHONES - 1}
    await Quizzing(client, make).assert_right()


async def test_the_control_without_the_keys_gives_more(
    client: httpx.AsyncClient, make: Factory
) -> None:
    engine = make.rooms.engine
    async with engine.begin() as connection:
        await connection.execute(text(KEY.format("DROP")))
        await connection.execute(text(f"DROP INDEX {LIVE}"))
    try:
        assert (await race(client, make))["201"] > 1
    finally:
        async with engine.begin() as connection:
            for statement in (
                "DELETE FROM health_answer",
                "DELETE FROM health_attempt",
                KEY.format("ADD") + " UNIQUE (quiz_id, person_id, number)",
                f"CREATE UNIQUE INDEX {LIVE} ON health_attempt (quiz_id, person_id)"
                " WHERE state = 'in_progress'",
            ):
                await connection.execute(text(statement))
