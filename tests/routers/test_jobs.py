"""Failed work on the staff's page: seen, explained without a value, tried again."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, update

from app.models.outbox import Job
from app.models.states import JobState, Role
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.outbox import NewJob, put
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

JOBS = "/v1/admin/jobs"
KEY = "test:1"


class Desk:
    """A member of staff before the list of jobs."""

    def __init__(self, client: httpx.AsyncClient, rooms: Rooms, token: str) -> None:
        self.client, self.rooms, self.token = client, rooms, token

    async def put(self, kind: str = "test.a", **more: Any) -> UUID:
        async with self.rooms.sessions.begin() as session:
            job_id = await put(session, NewJob(kind, {"order_id": UUID(int=7)}, **more))
        assert job_id is not None
        return job_id

    async def failed(self, kind: str = "test.a", **more: Any) -> UUID:
        """A job that was given up."""
        job_id = await self.put(kind, **more)
        async with self.rooms.sessions.begin() as session:
            await session.execute(
                update(Job)
                .where(Job.id == job_id)
                .values(
                    state=JobState.FAILED,
                    attempts_count=12,
                    last_error="NotFound not_found",
                    ended_at=func.now(),
                )
            )
        return job_id

    async def read(self, **query: str) -> list[dict[str, Any]]:
        answer = await self.client.get(JOBS, headers=auth(self.token), params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def retry(self, job_id: UUID, key: str | None = None) -> httpx.Response:
        return await self.client.post(f"{JOBS}/{job_id}/retry", headers=auth(self.token, key))


@pytest.fixture
async def desk(client: httpx.AsyncClient, rooms: Rooms, make: Factory) -> Desk:
    return Desk(client, rooms, await make.staff(Role.ADMINISTRATOR))


async def test_what_failed_is_found_among_what_did_not(desk: Desk) -> None:
    await desk.put()
    failed = await desk.failed()
    [shown] = await desk.read(state="failed")
    assert shown["id"] == str(failed)
    assert shown["attempts_count"] == 12
    assert shown["last_error"] == "NotFound not_found"
    assert shown["payload"] == {"order_id": str(UUID(int=7))}
    assert shown["ended_at"].endswith("+08:00")


async def test_the_last_put_comes_first_and_kinds_can_be_told_apart(desk: Desk) -> None:
    ids = [await desk.put(kind) for kind in ("test.a", "test.b", "test.a")]
    assert [shown["id"] for shown in await desk.read()] == [str(each) for each in ids[::-1]]
    assert [shown["id"] for shown in await desk.read(kind="test.b")] == [str(ids[1])]
    assert await desk.read(kind="test.b", state="failed") == []


async def test_pages_follow_each_other_while_jobs_are_put(desk: Desk) -> None:
    ids = [str(await desk.put()) for _ in range(5)]
    first = await desk.client.get(JOBS, headers=auth(desk.token), params={"limit": 3})
    await desk.put()
    second = await desk.client.get(first.links["next"]["url"], headers=auth(desk.token))
    pages = [*first.json()["items"], *second.json()["items"]]
    assert [shown["id"] for shown in pages] == ids[::-1]
    assert second.json()["next_cursor"] is None


async def test_a_failed_job_is_queued_again_as_if_it_were_new(desk: Desk) -> None:
    job_id = await desk.failed()
    answer = await desk.retry(job_id)
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["attempts_count"], shown["ended_at"]) == ("queued", 0, None)
    assert shown["last_error"] == "NotFound not_found"


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.LEASED, JobState.DONE])
async def test_only_what_failed_is_tried_again(desk: Desk, state: JobState) -> None:
    job_id = await desk.put()
    ended_at = func.now() if state is JobState.DONE else None
    async with desk.rooms.sessions.begin() as session:
        await session.execute(update(Job).values(state=state, ended_at=ended_at))
    answer = await desk.retry(job_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert answer.json()["state"] == state
    assert [shown["state"] for shown in await desk.read()] == [state]


async def test_a_failed_job_whose_work_a_newer_one_does_is_not_queued_beside_it(
    desk: Desk,
) -> None:
    job_id = await desk.failed(dedupe_key=KEY)
    await desk.put(dedupe_key=KEY)
    answer = await desk.retry(job_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert answer.json()["state"] == "superseded"
    assert len(await desk.read(state="failed")) == 1


async def test_the_same_press_again_is_the_same_retry(desk: Desk) -> None:
    job_id = await desk.failed()
    first, again = [await desk.retry(job_id, "press-1") for _ in range(2)]
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await desk.retry(job_id, "press-2")).status_code == 409


async def test_a_job_that_is_not_there_is_not_found(desk: Desk) -> None:
    answer = await desk.retry(new_id())
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("query", [{"state": "lost"}, {"kind": "DROP TABLE"}, {"cursor": "x"}])
async def test_a_filter_that_means_nothing_is_refused(desk: Desk, query: dict[str, str]) -> None:
    answer = await desk.client.get(JOBS, headers=auth(desk.token), params=query)
    assert answer.status_code == 422


async def test_the_auditor_reads_and_retries_nothing(desk: Desk, make: Factory) -> None:
    job_id = await desk.failed()
    desk.token = await make.staff(Role.AUDITOR)
    assert len(await desk.read()) == 1
    assert (await desk.retry(job_id)).status_code == 403
