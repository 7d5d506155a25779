"""Several workers, and workers that are killed: nothing is done twice, nothing is left undone.

The control runs the same crowd of workers on a table whose rows cannot be locked. It must
do a job twice, or the race proves nothing.
"""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from app.models.states import JobState
from app.platform.settings import Settings
from app.shared.outbox import NewJob, cancel, leases, put_many
from tests import nursery
from tests.nursery import Child
from tests.races.drop import environment
from tests.shared.outbox.bench import Bench, Gate, running, unguarded, until
from tests.shared.outbox.process import IN_THE_MIDDLE, SLOW

pytestmark = pytest.mark.anyio

JOBS = 200
WORKERS = 4
PATIENCE_S = 60.0

Start = Callable[..., Child]


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    """Start a worker process; what still runs at the end is killed."""
    started: list[Child] = []

    def start(*, lanes: int = 4, **environ: str) -> Child:
        environ = environment(settings, **environ)
        started.append(nursery.start("tests.shared.outbox.process", str(lanes), environ=environ))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


async def put_jobs(bench: Bench, count: int = JOBS, kind: str = "test.write") -> None:
    async with bench.sessions.begin() as session:
        await put_many(session, [NewJob(kind, {"number": each}) for each in range(count)])


async def work_together(bench: Bench) -> None:
    """Several runners, each on its own connections, until nothing is live."""
    async with running(*(bench.runner() for _ in range(WORKERS))):
        await until(bench.nothing_is_live)


async def test_several_workers_never_do_one_job_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that stalls for longer than a lease would have a job begun anew, and done once.
    monkeypatch.setattr(leases, "FIRST_PAUSE_S", PATIENCE_S)
    await put_jobs(bench)
    await work_together(bench)
    assert await bench.effects() == dict.fromkeys(range(JOBS), 1)
    assert {job.attempts_count for job in await bench.jobs()} == {1}


async def test_the_control_does_jobs_twice_on_rows_that_cannot_be_locked(
    settings: Settings,
) -> None:
    async with unguarded(settings) as bench:
        await put_jobs(bench)
        await _take_the_guards_out(bench)
        await work_together(bench)
        effects = await bench.effects()
    assert set(effects) == set(range(JOBS))
    assert effects.total() > JOBS


async def test_workers_in_processes_of_their_own_share_the_work(bench: Bench, start: Start) -> None:
    await put_jobs(bench)
    for _ in range(2):
        start()
    await until(bench.nothing_is_live)
    assert await bench.effects() == dict.fromkeys(range(JOBS), 1)


async def test_what_a_killed_worker_was_in_the_middle_of_happens_once(
    bench: Bench, start: Start
) -> None:
    """`kill -9` with the effect written and not committed."""
    await put_jobs(bench, 3, SLOW)
    doomed = start(lanes=3, STAYS="yes")
    await until(lambda: _are_in_the_middle(bench, 3))
    doomed.kill()
    doomed.wait()
    assert not await bench.effects()
    start()
    await until(bench.nothing_is_live)
    assert await bench.effects() == {0: 1, 1: 1, 2: 1}
    # It began each of them, and did not live to say how it went.
    assert all(job.attempts_count > 1 for job in await bench.jobs())


async def test_killed_again_and_again_every_job_is_done_once(bench: Bench, start: Start) -> None:
    await put_jobs(bench)
    for _ in range(3):
        doomed = start(lanes=2)
        done = (await bench.effects()).total()
        await until(lambda done=done: _have_happened(bench, done + 20))  # type: ignore[misc]
        doomed.kill()
        doomed.wait()
    await bench.end_pauses()
    start()
    await until(bench.nothing_is_live)
    assert await bench.effects() == dict.fromkeys(range(JOBS), 1)


async def test_a_worker_that_lost_its_lease_while_it_slept_does_nothing_more(
    bench: Bench,
) -> None:
    """It took the job and was paused; another has taken it since."""
    await bench.put(number=1)
    sleepy, other = bench.runner(), bench.runner()
    [stale] = await sleepy._look(1)
    await bench.end_pauses()
    [newest] = await other._look(1)
    await sleepy._do(stale)
    assert not await bench.effects()
    await other._do(newest)
    await sleepy._do(stale)
    assert await bench.effects() == {1: 1}


async def test_nor_does_it_put_down_or_hand_back_what_another_has_begun(bench: Bench) -> None:
    job_id = await bench.put_new(number=1)
    [stale] = await bench.runner()._look(1)
    await bench.end_pauses()
    [newest] = await bench.runner()._look(1)
    async with bench.sessions.begin() as session:
        assert not await leases.fail(session, stale, error="Late", for_good=True)
        await leases.hand_back(session, stale)
    job = await bench.job(job_id)
    assert (job.state, job.attempts_count, job.last_error) == (JobState.LEASED, 2, None)
    async with bench.sessions.begin() as session:
        assert await leases.finish(session, newest)


async def test_a_deadline_that_is_cancelled_as_it_falls_due_is_done_or_cancelled_never_both(
    bench: Bench,
) -> None:
    keys = [f"test:{each}" for each in range(60)]
    async with bench.sessions.begin() as session:
        jobs = [NewJob("test.write", {"number": n}, key) for n, key in enumerate(keys)]
        await put_many(session, jobs)

    async def call_off(key: str) -> bool:
        async with bench.sessions.begin() as session:
            return await cancel(session, key)

    async with running(bench.runner(), bench.runner()):
        called_off = [await call_off(key) for key in reversed(keys)]
        await until(bench.nothing_is_live)
    done = await bench.effects()
    for number, was_called_off in enumerate(reversed(called_off)):
        assert done[number] == (0 if was_called_off else 1), number
    assert {job.state for job in await bench.jobs()} <= {JobState.DONE}


async def test_whoever_cancels_what_is_just_being_done_waits_and_comes_too_late(
    bench: Bench,
) -> None:
    gate = Gate()
    await bench.put(number=1, dedupe_key="test:1")

    async def call_off() -> bool:
        async with bench.sessions.begin() as session:
            return await cancel(session, "test:1")

    async with running(bench.runner({"test.write": gate.handler})):
        await gate.reached.wait()
        late = asyncio.create_task(call_off())
        await until(lambda: _somebody_waits(bench))
        gate.open.set()
        assert not await late
    assert await bench.effects() == {1: 1}


async def _are_in_the_middle(bench: Bench, count: int) -> bool:
    async with bench.sessions() as session:
        found = await session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name"),
            {"name": IN_THE_MIDDLE},
        )
    return found == count


async def _have_happened(bench: Bench, count: int) -> bool:
    return (await bench.effects()).total() >= count


async def _somebody_waits(bench: Bench) -> bool:
    async with bench.sessions() as session:
        return bool(
            await session.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            )
        )


async def _take_the_guards_out(bench: Bench) -> None:
    """Jobs that cannot be locked.

    A view over a function takes the table's place: a row of a function has no lock, and
    its trigger writes without looking again.
    """
    async with bench.engine.begin() as connection:
        for statement in (
            "ALTER TABLE job RENAME TO job_rows",
            """CREATE FUNCTION unlocked_jobs() RETURNS SETOF job_rows
               LANGUAGE sql AS 'SELECT * FROM job_rows'""",
            "CREATE VIEW job AS SELECT * FROM unlocked_jobs()",
            """CREATE FUNCTION write_job() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN UPDATE job_rows SET state = NEW.state, wait_until = NEW.wait_until,
                attempts_count = NEW.attempts_count, ended_at = NEW.ended_at
                WHERE id = OLD.id; RETURN NEW; END'""",
            """CREATE TRIGGER write_job INSTEAD OF UPDATE ON job
               FOR EACH ROW EXECUTE FUNCTION write_job()""",
        ):
            await connection.exec_driver_sql(statement)
