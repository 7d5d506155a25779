"""What happens every hour: one row a kind, and exactly one successor, whoever does it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.outbox import Job
from app.models.states import JobState
from app.platform.ids import new_id
from app.platform.jobs import Handler, Payload, Periodic
from app.platform.settings import Settings
from app.shared.outbox.periodic import keep_going
from tests.shared.outbox.bench import Bench, Broken, running, unguarded, until

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KIND = "test.tick"


async def tick(session: AsyncSession, payload: Payload) -> bool:
    await session.execute(text("INSERT INTO effect (number, kind) VALUES (0, 'tick')"))
    return False


async def fail(session: AsyncSession, payload: Payload) -> bool:
    await tick(session, payload)
    raise Broken()


# As `periodic.py` puts it, but for the clause that needs the key.
PUT_WITHOUT_KEY = text("""
    INSERT INTO job (id, kind, payload, dedupe_key, due_at)
    SELECT CAST(:id AS uuid), 'test.tick', '{}', 'periodic:test.tick', campaign_now()
    WHERE NOT EXISTS (SELECT FROM job WHERE dedupe_key = 'periodic:test.tick')
""")
HANDLERS: dict[str, Handler] = {KIND: Periodic(tick, every=HOUR)}


async def start(bench: Bench, handlers: dict[str, Handler] = HANDLERS) -> None:
    """As a worker does that starts."""
    async with bench.sessions.begin() as session:
        await keep_going(session, handlers)


async def live(bench: Bench) -> list[Job]:
    states = (JobState.QUEUED, JobState.LEASED)
    return [job for job in await bench.jobs(KIND) if job.state in states]


async def ticks(bench: Bench) -> int:
    return (await bench.effects()).total()


async def test_a_worker_that_starts_begins_what_is_periodic(bench: Bench) -> None:
    async with running(bench.runner(HANDLERS)):
        await until(lambda: _has_ticked(bench))
    [next_one] = await live(bench)
    assert await bench.campaign_now() < next_one.due_at <= await bench.campaign_now() + HOUR


async def _has_ticked(bench: Bench) -> bool:
    return bool(await ticks(bench))


async def test_it_happens_once_an_hour_of_campaign_time(bench: Bench) -> None:
    await start(bench)
    for hours in range(1, 4):
        await bench.work_off(HANDLERS)
        assert await ticks(bench) == hours
        await bench.move_clock(HOUR)


async def test_hours_that_nobody_worked_are_not_made_up_for(bench: Bench) -> None:
    await start(bench)
    await bench.work_off(HANDLERS)
    await bench.move_clock(20 * DAY)
    await bench.work_off(HANDLERS)
    assert await ticks(bench) == 2


async def test_however_many_workers_start_there_is_one_row(bench: Bench) -> None:
    await asyncio.gather(*(start(bench) for _ in range(8)))
    assert len(await live(bench)) == 1


async def test_of_several_workers_one_does_it_and_puts_one_successor(bench: Bench) -> None:
    await start(bench)
    for times in range(1, 9):
        async with running(*(bench.runner(HANDLERS) for _ in range(3))):
            await until(bench.nothing_is_ready)
        assert await ticks(bench) == times
        assert len(await live(bench)) == 1
        await bench.move_clock(HOUR)


async def test_the_control_has_two_rows_without_their_key(settings: Settings) -> None:
    """Two workers that start together both look and find none: only the unique key is between
    them and a second row."""
    async with unguarded(settings) as bench:
        async with bench.engine.begin() as connection:
            await connection.exec_driver_sql("DROP INDEX uq_job_live_dedupe_key")
        async with bench.sessions() as one, bench.sessions() as other:
            for session in (one, other):
                await session.execute(PUT_WITHOUT_KEY, {"id": new_id()})
            await one.commit()
            await other.commit()
        assert len(await live(bench)) == 2


async def test_a_failure_leaves_neither_effect_nor_successor_and_is_tried_again(
    bench: Bench,
) -> None:
    await start(bench)
    await bench.work_off({KIND: Periodic(fail, every=HOUR)})
    [job] = await live(bench)
    assert (job.attempts_count, await ticks(bench)) == (1, 0)
    await bench.end_pauses()
    await bench.work_off(HANDLERS)
    assert await ticks(bench) == 1


async def test_one_that_fails_for_good_is_listed_and_its_successor_comes_all_the_same(
    bench: Bench,
) -> None:
    await start(bench)
    await bench.work_off({KIND: Periodic(fail, attempts=1, every=HOUR)})
    failed, successor = await bench.jobs(KIND)
    assert (failed.state, successor.state) == (JobState.FAILED, JobState.QUEUED)
    assert successor.due_at > await bench.campaign_now()


async def test_what_has_more_to_do_goes_on_at_once(bench: Bench) -> None:
    async def three_times(session: AsyncSession, payload: Payload) -> bool:
        await tick(session, payload)
        return await session.scalar(text("SELECT count(*) < 3 FROM effect")) is True

    handlers: dict[str, Handler] = {KIND: Periodic(three_times, every=HOUR)}
    await start(bench, handlers)
    await bench.work_off(handlers)
    assert await ticks(bench) == 3
    [successor] = await live(bench)
    assert successor.due_at > await bench.campaign_now()


async def test_time_set_back_does_not_put_it_off_by_more_than_its_period(bench: Bench) -> None:
    await bench.move_clock(20 * DAY)
    await start(bench)
    await bench.work_off(HANDLERS)
    await bench.move_clock(-20 * DAY)
    await start(bench)
    [job] = await live(bench)
    assert job.due_at <= await bench.campaign_now() + HOUR
    await bench.move_clock(HOUR)
    await bench.work_off(HANDLERS)
    assert await ticks(bench) == 2


async def test_a_lost_row_comes_back_with_the_next_start(bench: Bench) -> None:
    await start(bench)
    async with bench.sessions.begin() as session:
        await session.execute(text("DELETE FROM job"))
    await start(bench)
    assert len(await live(bench)) == 1
