"""One person on many phones begins the last attempt that is left: one of them does.

The control takes the unique keys out, and the same race must give more.
"""

import asyncio
from collections import Counter

import httpx
import pytest
from sqlalchemy import text

from tests.factories import Factory
from tests.locks import unwritable
from tests.quizzing import Quizzing

pytestmark = pytest.mark.anyio

PHONES, CAP = 6, 2
KEY = "ALTER TABLE health_attempt {} CONSTRAINT uq_health_attempt_quiz_id_person_id_number"
LIVE = "uq_health_attempt_live"


async def race(client: httpx.AsyncClient, make: Factory) -> "Counter[str]":
    """What the phones heard: accounts of one person, each with a key of its own."""
    quizzing = Quizzing(client, make)
    one = await make.member()
    accounts = [await make.member(person_id=one.person_id) for _ in range(PHONES)]
    quiz_id = await quizzing.opened(attempts_per_person=CAP)
    await quizzing.finished(one, quiz_id)
    # Each with a connection of its own, and all together.
    async with unwritable(make.rooms.engine, "health_attempt") as until_waiting:
        starts = [asyncio.create_task(quizzing.start(each, quiz_id)) for each in accounts]
        await until_waiting(PHONES)
    pressed = await asyncio.gather(*starts)
    return Counter(str(each.json().get("code", each.status_code)) for each in pressed)


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
