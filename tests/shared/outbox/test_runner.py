"""What is due is done, once; what fails is tried again, later and later, and then left to staff."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import JobState
from app.platform.clock import Clock
from app.platform.errors import NotFound
from app.platform.jobs import Handler, JobFailed, Later, Outside, Payload, Periodic, Within
from app.shared.outbox import bind, runner
from app.shared.outbox.leases import FIRST_PAUSE_S, GRACE_S, LONGEST_PAUSE_S
from app.shared.outbox.runner import Runner
from tests.shared.outbox.bench import (
    Bench,
    Broken,
    Gate,
    Post,
    running,
    until,
    write,
    write_and_break,
)

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def test_a_deadline_falls_due_by_the_campaigns_clock(bench: Bench) -> None:
    job_id = await bench.put_new(number=1, due_at=await bench.campaign_now() + HOUR)
    await bench.work_off()
    assert (await bench.job(job_id)).state is JobState.QUEUED
    await bench.move_clock(HOUR)
    await bench.work_off()
    assert (await bench.job(job_id)).state is JobState.DONE
    assert await bench.effects() == {1: 1}


async def test_a_job_waits_for_a_process_that_has_heard_of_the_new_time(bench: Bench) -> None:
    """Its handler asks the process's clock what is due, and would find nothing."""
    await bench.put(number=1, due_at=await bench.campaign_now() + HOUR)
    await bench.move_clock(HOUR)
    clock = Clock()
    async with running(Runner(bench.sessions, bench.handlers, clock=clock)):
        await asyncio.sleep(3 * runner.POLL_S)
        assert not await bench.effects()
        clock.offset += HOUR
        await until(bench.nothing_is_ready)
    assert await bench.effects() == {1: 1}


async def test_a_deadline_waits_again_when_the_clock_was_set_back(bench: Bench) -> None:
    await bench.move_clock(HOUR)
    await bench.put(number=1)
    await bench.move_clock(-HOUR)
    await bench.work_off()
    assert not await bench.effects()


async def test_a_job_that_fails_leaves_no_half_effect_and_waits(bench: Bench) -> None:
    job_id = await bench.put_new("test.break", 1)
    await bench.work_off()
    job = await bench.job(job_id)
    assert (job.state, job.attempts_count) == (JobState.QUEUED, 1)
    assert not await bench.effects()
    assert 0 < await bench.pause_s(job_id) <= FIRST_PAUSE_S


async def test_each_pause_is_about_twice_the_last_up_to_a_longest_one(bench: Bench) -> None:
    job_id = await bench.put_new("test.break", 1)
    handlers: dict[str, Handler] = {"test.break": Within(write_and_break, attempts=20)}
    for attempt in range(16):
        await bench.end_pauses()
        await bench.work_off(handlers)
        whole = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt)
        # A little of it has gone by since; the longest run for half an hour and more.
        assert whole / 2 - 2 < await bench.pause_s(job_id) <= whole


async def test_pauses_of_jobs_that_failed_together_differ(bench: Bench) -> None:
    await asyncio.gather(*(bench.put("test.break", each) for each in range(12)))
    await bench.work_off()
    waits = {job.wait_until.replace(microsecond=0) for job in await bench.jobs()}
    pauses = {round(await bench.pause_s(job.id), 2) for job in await bench.jobs()}
    assert len(pauses) > 6, waits


async def test_a_pause_does_not_end_by_moving_the_campaigns_clock(bench: Bench) -> None:
    job_id = await bench.put_new("test.break", 1)
    await bench.work_off()
    await bench.move_clock(timedelta(days=30))
    await bench.work_off()
    assert (await bench.job(job_id)).attempts_count == 1


async def test_after_its_last_attempt_a_job_has_failed_and_is_not_tried_again(
    bench: Bench,
) -> None:
    job_id = await bench.put_new("test.break", 1)
    handlers: dict[str, Handler] = {"test.break": Within(write_and_break, attempts=3)}
    for _ in range(5):
        await bench.end_pauses()
        await bench.work_off(handlers)
    job = await bench.job(job_id)
    assert (job.state, job.attempts_count) == (JobState.FAILED, 3)
    assert job.ended_at is not None
    assert not await bench.effects()


async def test_the_last_error_is_a_class_and_a_code_and_no_value(bench: Bench) -> None:
    async def refuse(session: AsyncSession, payload: Payload) -> None:
        raise NotFound(name="王小明")

    async def misspell(session: AsyncSession, payload: Payload) -> None:
        await session.execute(text("SELECT '王小明' FROM nowhere"))

    handlers: dict[str, Handler] = {
        "test.break": Within(write_and_break),
        "test.refuse": Within(refuse),
        "test.misspell": Within(misspell),
    }
    for kind in handlers:
        await bench.put(kind, 1)
    await bench.work_off(handlers)
    assert {job.kind: job.last_error for job in await bench.jobs()} == {
        "test.break": "Broken",
        "test.refuse": "NotFound not_found",
        "test.misspell": "ProgrammingError 42P01",
    }


async def test_what_the_world_refuses_for_good_has_failed_at_once(bench: Bench) -> None:
    async def refuse(job_id: UUID, payload: Payload) -> None:
        raise JobFailed("gone", for_good=payload["number"] == 1)

    for number in range(2):
        await bench.put("test.refuse", number)
    await bench.work_off({"test.refuse": Outside(refuse)})
    passing, final = await bench.jobs()
    assert (passing.state, final.state) == (JobState.QUEUED, JobState.FAILED)
    assert passing.last_error == final.last_error == "JobFailed gone"
    assert final.attempts_count == 1


async def test_a_job_that_may_not_be_done_yet_waits_as_if_it_had_not_been_begun(
    bench: Bench,
) -> None:
    """Nothing of its effect is kept, no attempt is counted, and its id stays what it was."""
    due_at = await bench.campaign_now() + timedelta(hours=3)

    async def look(session: AsyncSession, payload: Payload) -> None:
        await write(session, payload)
        if await session.scalar(select(func.campaign_now())) < due_at:
            raise Later(due_at)

    job_id = await bench.put_new("test.look", 1)
    handlers: dict[str, Handler] = {"test.look": Within(look)}
    await bench.work_off(handlers)
    job = await bench.job(job_id)
    assert (job.state, job.attempts_count, job.last_error) == (JobState.QUEUED, 0, None)
    assert job.due_at == due_at
    assert not await bench.effects()
    await bench.move_clock(timedelta(hours=3))
    await bench.work_off(handlers)
    assert await bench.effects() == {1: 1}


async def test_what_is_logged_of_a_failure_names_the_place_and_no_value(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await bench.put("test.break", 1)
    await bench.work_off()
    said = capsys.readouterr().out
    assert "write_and_break" in said
    assert Broken.__name__ in said
    assert "王小明" not in said


async def test_a_poisonous_job_does_not_stop_its_neighbours(bench: Bench) -> None:
    """It raises, hangs, breaks its own transaction or its own connection: only it has failed."""

    async def hang(session: AsyncSession, payload: Payload) -> None:
        await write(session, payload)
        await asyncio.Event().wait()

    async def hang_in_the_database(session: AsyncSession, payload: Payload) -> None:
        await session.execute(text("SELECT pg_sleep(60)"))

    async def break_the_connection(session: AsyncSession, payload: Payload) -> None:
        await write(session, payload)
        await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    poison: dict[str, Handler] = {
        "test.break": Within(write_and_break),
        "test.hang": Within(hang, limit_s=0.3),
        "test.sleep": Within(hang_in_the_database, limit_s=0.3),
        "test.cut": Within(break_the_connection),
    }
    for place in range(20):
        await bench.put(number=place)
        await bench.put(list(poison)[place % len(poison)], 1_000 + place)
    await bench.work_off(bench.handlers | poison)
    assert await bench.effects() == dict.fromkeys(range(20), 1)
    for job in await bench.jobs():
        is_poison = job.kind in poison
        assert job.state is (JobState.QUEUED if is_poison else JobState.DONE), job.last_error


async def test_a_hanging_effect_outside_is_given_up_in_time_and_holds_nobody_up(
    bench: Bench,
) -> None:
    post = Post()
    post.gate.clear()
    hanging = [await bench.put_new("test.post", each) for each in range(2)]
    await bench.put(number=7)
    handlers = bench.handlers | {"test.post": type(post.handler)(post.send, limit_s=0.3)}
    await bench.work_off(handlers)
    assert await bench.effects() == {7: 1}
    assert [(await bench.job(each)).last_error for each in hanging] == ["TimeoutError"] * 2


async def test_an_effect_outside_is_known_by_its_jobs_id_and_happens_once_when_all_is_well(
    bench: Bench,
) -> None:
    post = Post()
    ids = [await bench.put_new("test.post", each) for each in range(6)]
    await bench.work_off({"test.post": post.handler})
    assert post.arrived == dict.fromkeys(ids, 1)
    assert {job.state for job in await bench.jobs()} == {JobState.DONE}


async def test_an_effect_outside_is_kept_from_others_until_its_time_limit_is_over(
    bench: Bench,
) -> None:
    post = Post()
    post.gate.clear()
    job_id = await bench.put_new("test.post")
    async with running(bench.runner({"test.post": post.handler})):
        await until(lambda: _has_arrived(post))
        job = await bench.job(job_id)
        assert job.state is JobState.LEASED
        assert await bench.pause_s(job_id) > post.handler.limit_s + GRACE_S - 10
        post.gate.set()


async def _has_arrived(post: Post) -> bool:
    return bool(post.arrived)


async def test_a_worker_that_is_told_to_stop_ends_what_it_has_begun(bench: Bench) -> None:
    gate, stop = Gate(), asyncio.Event()
    await bench.put("test.slow", 1)
    work = asyncio.create_task(bench.runner({"test.slow": gate.handler}).run(stop))
    await gate.reached.wait()
    stop.set()
    gate.open.set()
    await work
    assert await bench.effects() == {1: 1}


async def test_what_does_not_end_in_time_is_handed_back_as_if_it_had_not_been_begun(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "DRAIN_S", 0.1)
    begun = asyncio.Event()

    async def hang(session: AsyncSession, payload: Payload) -> None:
        await write(session, payload)
        begun.set()
        await asyncio.Event().wait()

    job_id = await bench.put_new("test.write", 1)
    stop = asyncio.Event()
    work = asyncio.create_task(bench.runner({"test.write": Within(hang)}).run(stop))
    await begun.wait()
    stop.set()
    await work
    job = await bench.job(job_id)
    assert (job.state, job.attempts_count, job.last_error) == (JobState.QUEUED, 0, None)
    await bench.work_off()
    assert await bench.effects() == {1: 1}


async def test_a_job_of_a_kind_that_only_a_newer_worker_knows_is_left_to_it(bench: Bench) -> None:
    job_id = await bench.put_new("test.newer", 1)
    await bench.put(number=2)
    async with running(bench.runner()):
        await until(lambda: _happened(bench, 2))
    assert (await bench.job(job_id)).state is JobState.QUEUED
    await bench.work_off({"test.newer": Within(write)})
    assert await bench.effects() == {1: 1, 2: 1}


async def test_a_job_that_kills_every_worker_fails_in_the_end(bench: Bench) -> None:
    """Nobody lives to tell of a failure, so the attempt counts when it begins."""
    job_id = await bench.put_new("test.write", 1)
    handlers: dict[str, Handler] = {"test.write": Within(write, attempts=2)}
    async with bench.sessions.begin() as session:
        await session.execute(text("UPDATE job SET state = 'leased', attempts_count = 2"))
    await bench.work_off(handlers)
    job = await bench.job(job_id)
    assert (job.state, job.last_error) == (JobState.FAILED, "WorkerDied")
    assert not await bench.effects()


async def test_the_runner_survives_a_database_that_goes_away(bench: Bench) -> None:
    async with running(bench.runner()):
        await bench.put(number=1)
        await until(lambda: _happened(bench, 1))
        async with bench.sessions() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await until(lambda: _can_put(bench, 2))
        await until(lambda: _happened(bench, 2))
    assert await bench.effects() == {1: 1, 2: 1}


async def _happened(bench: Bench, number: int) -> bool:
    return number in await bench.effects()


async def _can_put(bench: Bench, number: int) -> bool:
    try:
        await bench.put(number=number)
    except SQLAlchemyError:
        return False
    return True


def test_a_handler_is_given_the_rooms_that_it_names() -> None:
    class Rooms:
        clock, stock = "the clock", "the stock"

    async def act(session: Any, payload: Any, *, stock: str) -> str:
        return stock

    bound = bind({"test.a": Periodic(act, every=HOUR)}, Rooms())["test.a"]
    assert asyncio.run(_call(bound)) == "the stock"
    assert isinstance(bound, Periodic)
    assert bound.every == HOUR


async def _call(handler: Handler) -> Any:
    return await handler.act(None, {})


def test_a_handler_that_asks_for_a_room_that_is_not_there_stops_the_start() -> None:
    async def act(session: Any, payload: Any, *, kitchen: str) -> None: ...

    with pytest.raises(TypeError, match=r"test\.a.*kitchen"):
        bind({"test.a": Within(act)}, object())
