"""A job is there exactly when the business rows are, once a key, and never about a person."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.models.states import JobState, Role
from app.platform.jobs import Payload, Within
from app.shared.outbox import NewJob, cancel, put, put_many
from tests.shared.outbox.bench import Bench, Gate, running, until

pytestmark = pytest.mark.anyio

KEY = "gift_boxes:order:1"
NO_OFFSET = datetime(2023, 1, 5, 6)  # noqa: DTZ001 - that is what is refused


async def test_a_job_commits_with_the_rows_that_cause_it(bench: Bench) -> None:
    async with bench.sessions.begin() as session:
        job_id = await put(session, NewJob("test.write", {"number": 7}))
        assert not await bench.jobs()
    assert [job.id for job in await bench.jobs()] == [job_id]
    await bench.work_off()
    assert await bench.effects() == {7: 1}


async def test_what_is_rolled_back_leaves_no_job(bench: Bench) -> None:
    async with bench.sessions() as session:
        await put(session, NewJob("test.write", {"number": 7}))
        await session.rollback()
    await bench.work_off()
    assert not await bench.jobs()
    assert not await bench.effects()


async def test_a_job_can_be_put_on_a_bare_connection_as_stock_has_one(bench: Bench) -> None:
    async with bench.engine.begin() as connection:
        await put(connection, NewJob("test.write", {"number": 7}))
    await bench.work_off()
    assert await bench.effects() == {7: 1}


async def test_many_are_put_together_and_begun_in_the_order_in_which_they_are_due(
    bench: Bench,
) -> None:
    done: list[int] = []

    async def note(session: Any, payload: Payload) -> None:
        done.append(payload["number"])

    now = await bench.campaign_now()
    dues = {3: now - timedelta(hours=3), 1: now - timedelta(hours=5), 2: now - timedelta(hours=4)}
    async with bench.sessions.begin() as session:
        jobs = [NewJob("test.note", {"number": each}, due_at=due) for each, due in dues.items()]
        assert len(await put_many(session, jobs)) == 3
    await bench.work_off({"test.note": Within(note)}, lanes=1)
    assert done == [1, 2, 3]


async def test_none_to_put_is_nothing(bench: Bench) -> None:
    async with bench.sessions.begin() as session:
        assert await put_many(session, []) == []


async def test_of_jobs_with_one_key_one_is_live(bench: Bench) -> None:
    first = await bench.put(number=1, dedupe_key=KEY)
    assert await bench.put(number=2, dedupe_key=KEY) is None
    assert [job.id for job in await bench.jobs()] == [first]
    await bench.work_off()
    assert await bench.put(number=3, dedupe_key=KEY) is not None
    await bench.work_off()
    assert await bench.effects() == {1: 1, 3: 1}


async def test_of_twenty_who_put_one_key_at_once_one_does(bench: Bench) -> None:
    ids = await asyncio.gather(*(bench.put(number=each, dedupe_key=KEY) for each in range(20)))
    assert sum(job_id is not None for job_id in ids) == 1
    assert len(await bench.jobs()) == 1


async def test_two_who_put_the_same_keys_in_opposite_order_do_not_lock_each_other_out(
    bench: Bench,
) -> None:
    keys = [f"test:{each}" for each in range(30)]

    async def put_all(order: list[str]) -> int:
        async with bench.sessions.begin() as session:
            return len(await put_many(session, [NewJob("test.x", dedupe_key=k) for k in order]))

    counts = await asyncio.gather(*(put_all(order) for order in [keys, keys[::-1]] * 4))
    assert sum(counts) == len(keys)


async def test_a_job_put_while_its_twin_is_being_done_is_done_after_it(bench: Bench) -> None:
    """The one under way may have looked before the change that this one is about."""
    gate = Gate()
    await bench.put("test.slow", 1, dedupe_key=KEY)
    async with running(bench.runner({"test.slow": gate.handler})):
        await gate.reached.wait()
        second = asyncio.create_task(bench.put("test.slow", 2, dedupe_key=KEY))
        gate.open.set()
        assert await second is not None
        await until(bench.nothing_is_ready)
    assert await bench.effects() == {1: 1, 2: 1}


async def test_a_cancelled_deadline_does_not_fall_due(bench: Bench) -> None:
    due_at = await bench.campaign_now() + timedelta(hours=1)
    await bench.put(due_at=due_at, dedupe_key=KEY)
    async with bench.sessions.begin() as session:
        assert await cancel(session, KEY)
        assert not await cancel(session, KEY)
    await bench.move_clock(timedelta(days=1))
    await bench.work_off()
    assert not await bench.effects()


async def test_a_cancellation_that_is_rolled_back_cancels_nothing(bench: Bench) -> None:
    await bench.put(number=1, dedupe_key=KEY)
    async with bench.sessions() as session:
        assert await cancel(session, KEY)
        await session.rollback()
    await bench.work_off()
    assert await bench.effects() == {1: 1}


async def test_a_deadline_is_moved_by_cancelling_it_and_putting_it_anew(bench: Bench) -> None:
    now = await bench.campaign_now()
    await bench.put(number=1, due_at=now + timedelta(hours=1), dedupe_key=KEY)
    async with bench.sessions.begin() as session:
        later = NewJob("test.write", {"number": 2}, KEY, now + timedelta(hours=2))
        assert await cancel(session, KEY)
        assert await put(session, later)
    await bench.move_clock(timedelta(hours=1, minutes=1))
    await bench.work_off()
    assert not await bench.effects()
    await bench.move_clock(timedelta(hours=1))
    await bench.work_off()
    assert await bench.effects() == {2: 1}


async def test_a_payload_names_things_of_every_kind(bench: Bench) -> None:
    thing, day = UUID(int=7), date(2023, 1, 5)
    at = datetime(2023, 1, 5, 6, tzinfo=UTC)
    payload = {"id": thing, "n": 3, "day": day, "at": at, "role": Role.DESK, "ids": [thing]}
    async with bench.sessions.begin() as session:
        await put(session, NewJob("test.write", payload))
    assert (await bench.jobs())[0].payload == {
        "id": str(thing),
        "n": 3,
        "day": "2023-01-05",
        "at": "2023-01-05T06:00:00+00:00",
        "role": "desk",
        "ids": [str(thing)],
    }


@pytest.mark.parametrize("value", ["王小明", 1.5, {"name": "x"}, ["19900001234"], NO_OFFSET])
async def test_a_payload_has_no_place_for_text_about_a_person(bench: Bench, value: Any) -> None:
    async with bench.sessions() as session:
        with pytest.raises(TypeError) as caught:
            await put(session, NewJob("test.write", {"value": value}))
    assert str(value) not in str(caught.value)
    assert not await bench.jobs()


async def test_a_job_is_queued_when_it_is_put(bench: Bench) -> None:
    job = await bench.job(await bench.put_new())
    assert (job.state, job.attempts_count, job.ended_at) == (JobState.QUEUED, 0, None)
