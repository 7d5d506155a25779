"""What nobody needs any more goes, in parts; what is still promised stays."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text, update

from app.models.idempotency import IdempotencyRecord
from app.models.identity import OnboardingCode
from app.models.outbox import Job
from app.models.states import JobState
from app.packs import KINDS
from app.platform.jobs import Handler, Periodic
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.idempotency import jobs as idempotency_jobs
from app.shared.identity import jobs as identity_jobs
from app.shared.identity.onboarding import onboard
from app.shared.identity.onboarding_codes import MadeCode, create_onboarding_code
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.owners import Owner
from app.shared.outbox import bind
from app.shared.outbox import jobs as outbox_jobs
from app.worker import find_handlers
from tests.factories import Factory
from tests.shared.outbox.bench import Bench
from tests.shared.outbox.test_periodic import start

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def sweep(bench: Bench, handlers: dict[str, Handler]) -> None:
    await start(bench, handlers)
    await bench.work_off(handlers)


async def test_answers_are_kept_for_two_days_and_then_go(bench: Bench) -> None:
    ages = {b"old": "49 hours", b"yesterday": "47 hours", b"new": "0"}
    async with bench.sessions.begin() as session:
        for digest, age in ages.items():
            await session.execute(
                insert(IdempotencyRecord).values(
                    key_digest=digest,
                    fingerprint=b"",
                    status=201,
                    body_sealed=b"",
                    created_at=func.now() - text(f"interval '{age}'"),
                )
            )
    # Campaign time may run ahead by weeks; a key is promised in real time.
    await bench.move_clock(20 * DAY)
    await sweep(bench, idempotency_jobs.HANDLERS)
    async with bench.sessions() as session:
        kept = set(await session.scalars(select(IdempotencyRecord.key_digest)))
    assert kept == {b"yesterday", b"new"}


async def test_a_pile_is_worked_off_part_by_part(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_jobs, "BATCH", 10)
    for number in range(35):
        await bench.put(number=number)
    await bench.work_off()
    await _age(bench, outbox_jobs.DONE_KEPT + DAY)
    await sweep(bench, outbox_jobs.HANDLERS)
    assert not await bench.jobs("test.write")
    done = [job for job in await bench.jobs() if job.state is JobState.DONE]
    assert len(done) == 4


async def test_ended_jobs_are_kept_a_while_and_failed_ones_longer(bench: Bench) -> None:
    old, young = await bench.put_new(number=1), await bench.put_new(number=2)
    failed, forgotten = await bench.put_new("test.break"), await bench.put_new("test.break")
    queued = await bench.put_new(due_at=await bench.campaign_now() + DAY)
    await _end(bench, old, JobState.DONE, outbox_jobs.DONE_KEPT + DAY)
    await _end(bench, young, JobState.DONE, outbox_jobs.DONE_KEPT - DAY)
    await _end(bench, failed, JobState.FAILED, outbox_jobs.FAILED_KEPT - DAY)
    await _end(bench, forgotten, JobState.FAILED, outbox_jobs.FAILED_KEPT + DAY)
    await sweep(bench, outbox_jobs.HANDLERS)
    kept = {job.id for job in await bench.jobs() if job.kind.startswith("test.")}
    assert kept == {young, failed, queued}


async def test_texts_of_codes_that_can_no_longer_be_used_are_wiped(
    bench: Bench, rooms: Rooms, make: Factory
) -> None:
    texts = CodeTexts(rooms.sealer, rooms.digester)
    owner = Owner(store_id=await make.store())

    async def code() -> MadeCode:
        return await create_onboarding_code(
            rooms.sessions, rooms.clock, texts, make.once, actor=make.actor, owner=owner
        )

    used, expired = await code(), await code()
    await onboard(rooms.sessions, rooms.clock, texts, actor=make.actor, code=used.onboarding_code)
    await make.move_clock(2 * DAY)
    other = Owner(store_id=await make.store())
    fresh = await create_onboarding_code(
        rooms.sessions, rooms.clock, texts, make.once, actor=make.actor, owner=other
    )
    assert await _readable(bench) == {expired.id, fresh.id}
    await sweep(bench, identity_jobs.HANDLERS)
    assert await _readable(bench) == {fresh.id}


async def test_the_workers_own_handlers_are_found_fit_their_rooms_and_do_their_work(
    bench: Bench, rooms: Rooms, settings: Settings
) -> None:
    handlers = bind(find_handlers(), rooms)
    assert {"outbox.sweep", "idempotency.sweep", "identity.wipe_codes"} <= set(handlers)
    await sweep(bench, handlers)
    periodic = [kind for kind, handler in handlers.items() if isinstance(handler, Periodic)]
    for kind in periodic:
        states = {job.state for job in await bench.jobs(kind)}
        assert states == {JobState.DONE, JobState.QUEUED}, kind
    homes = {kind.split(".")[0] for kind in handlers}
    rooms = {
        "approvals",
        "outbox",
        "idempotency",
        "identity",
        "notices",
        "exports",
        "files",
        "personal_data",
        "draws",
        "payments",
        "retention",
        "stock",
    }
    assert homes <= rooms | set(KINDS)


async def _readable(bench: Bench) -> set[UUID]:
    async with bench.sessions() as session:
        return set(
            await session.scalars(
                select(OnboardingCode.id).where(OnboardingCode.code_sealed.is_not(None))
            )
        )


async def _age(bench: Bench, by: timedelta) -> None:
    async with bench.sessions.begin() as session:
        await session.execute(update(Job).values(ended_at=Job.ended_at - by))


async def _end(bench: Bench, job_id: UUID, state: JobState, ago: timedelta) -> None:
    async with bench.sessions.begin() as session:
        await session.execute(
            update(Job).where(Job.id == job_id).values(state=state, ended_at=func.now() - ago)
        )
