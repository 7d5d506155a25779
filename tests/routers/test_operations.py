"""What those who run the service see: alive, ready, which version, figures."""

import dataclasses
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.platform.db import create_engine
from app.platform.redis import create_redis
from app.routers.rooms import Rooms
from app.shared.outbox import NewJob, put
from app.version import VERSION
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

NOWHERE = "127.0.0.1:1"


async def test_a_living_process_says_so_whatever_has_become_of_its_servers(
    app: FastAPI, client: httpx.AsyncClient, rooms: Rooms
) -> None:
    await without_books(app, rooms)
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_a_migrated_service_is_ready(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"books": "reachable", "migrations": "current", "turnstile": "reachable"},
        "jobs": {"waiting_count": 0, "failed_count": 0, "lag_s": 0},
    }


async def test_a_backlog_of_jobs_is_reported_and_the_service_stays_ready(
    client: httpx.AsyncClient, rooms: Rooms
) -> None:
    async with rooms.sessions.begin() as session:
        later = rooms.clock.now() + timedelta(hours=1)
        await put(session, NewJob("test.due"))
        await put(session, NewJob("test.later", due_at=later))
        await session.execute(
            text(
                "UPDATE job SET due_at = due_at - interval '1h', wait_until = wait_until"
                " - interval '90s'"
            )
        )
    answer = await client.get("/readyz")
    jobs = answer.json()["jobs"]
    assert answer.status_code == 200
    assert (jobs["waiting_count"], jobs["failed_count"]) == (2, 0)
    assert jobs["lag_s"] >= 90


async def test_jobs_that_are_not_due_yet_are_no_backlog(
    client: httpx.AsyncClient, rooms: Rooms
) -> None:
    async with rooms.sessions.begin() as session:
        await put(session, NewJob("test.later", due_at=rooms.clock.now() + timedelta(hours=1)))
    jobs = (await client.get("/readyz")).json()["jobs"]
    assert jobs == {"waiting_count": 0, "failed_count": 0, "lag_s": 0}


async def test_without_its_books_the_service_is_not_ready_and_says_which_check_failed(
    app: FastAPI, client: httpx.AsyncClient, rooms: Rooms
) -> None:
    await without_books(app, rooms)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    problem = answer.json()
    assert problem["code"] == "temporarily_unavailable"
    assert problem["checks"]["books"] == "unreachable"
    assert NOWHERE not in answer.text


async def test_a_database_at_another_migration_is_not_ready(
    client: httpx.AsyncClient, rooms: Rooms
) -> None:
    former = await swap_revision(rooms, "20000101_0001")
    try:
        answer = await client.get("/readyz")
    finally:
        await swap_revision(rooms, former)
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "different")


async def test_a_lost_turnstile_is_reported_and_the_service_stays_ready(
    app: FastAPI, client: httpx.AsyncClient, rooms: Rooms
) -> None:
    gone = create_redis(rooms.settings.model_copy(update={"redis_url": f"redis://{NOWHERE}/0"}))
    app.state.rooms = dataclasses.replace(rooms, redis=gone)
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["turnstile"]) == (200, "away")


async def test_the_version_is_the_release(client: httpx.AsyncClient) -> None:
    answer = await client.get("/version")
    assert answer.json() == {"version": VERSION, "commit": None}


async def test_the_version_names_the_commit_that_the_build_was_told(
    app: FastAPI, client: httpx.AsyncClient, rooms: Rooms
) -> None:
    settings = rooms.settings.model_copy(update={"git_commit": "4be1f02"})
    app.state.rooms = dataclasses.replace(rooms, settings=settings)
    assert (await client.get("/version")).json()["commit"] == "4be1f02"


async def test_metrics_count_requests_by_route_and_refusal_without_ids_or_secrets(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    token = make.token(await make.member())
    missing = "01987b6c-0000-7000-8000-00000000abcd"
    await client.get(f"/v1/breakfast/vouchers/{missing}", headers=auth(token))
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    labels = 'code="not_found",method="GET",route="/v1/breakfast/vouchers/{voucher_id}"'
    assert labels in answer.text
    for secret in (missing, token, str(rooms.settings.database_url)):
        assert secret not in answer.text


async def without_books(app: FastAPI, rooms: Rooms) -> None:
    """From now on the application looks for PostgreSQL where there is none."""
    lost = f"postgresql://app:app@{NOWHERE}/none"
    settings = rooms.settings.model_copy(
        update={"database_url": lost.replace("postgresql", "postgresql+asyncpg")}
    )
    app.state.rooms = dataclasses.replace(rooms, engine=create_engine(settings))


async def swap_revision(rooms: Rooms, revision: str) -> str:
    """Write another migration into the database; the one that stood there."""
    async with rooms.engine.begin() as connection:
        former = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )
    return str(former)
