"""Real servers for every test: a database a worker, built by Alembic; a Redis a worker.

`./run test` sets the environment. Each test that touches the books begins with
empty tables and real time.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from sqlalchemy import make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.identity_provider import ISSUER, IdentityProvider
from app.main import app as unstarted
from app.main import create_app
from app.models import Base
from app.platform.redis import create_redis
from app.platform.settings import Settings, database_url
from app.routers.rooms import Rooms
from app.shared.limits import Rates
from tests.factories import Factory
from tests.refusals import NOTING
from tests.tills import Counter

pytest_plugins = ["tests.refusals_plugin", "pytester"]

ROOT = Path(__file__).parent.parent
KEPT_TABLES = {"clock", "pulse"}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Not uvloop, which hangs for good when a test leaves a connection open; asyncio says so.

    The races run the service in processes of its own, on uvloop as it is served.
    """
    return "asyncio"


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> int:
    """The number of this pytest worker, 0 without xdist."""
    worker_id: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(worker_id.removeprefix("gw"))


@pytest.fixture(scope="session")
def database(worker: int) -> URL:
    """A database of this worker's own, migrated from nothing."""
    if "DATABASE_URL" not in os.environ:
        pytest.exit("no servers: use ./run test, or set DATABASE_URL, REDIS_URL and the keys")
    server = make_url(database_url())
    name = f"{server.database}_test_{worker}"
    recreate_database(server, name)
    url = server.set(database=name)
    migrate(url)
    return url


def migrate(url: URL, revision: str = "head") -> None:
    """Run Alembic in a process of its own, as a deployment would."""
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", revision],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url.render_as_string(hide_password=False)},
        check=True,
        capture_output=True,
    )


def recreate_database(server: URL, name: str) -> None:
    """Drop and create, on a connection that is not inside a transaction."""

    async def run() -> None:
        engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            await connection.execute(text(f'CREATE DATABASE "{name}"'))
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture(scope="session")
def identity_provider() -> Iterator[IdentityProvider]:
    """The members' identity provider, speaking its real protocol on loopback."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with IdentityProvider(pem) as provider:
        yield provider


@pytest.fixture(scope="session")
def settings(
    database: URL,
    worker: int,
    identity_provider: IdentityProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    redis = make_url(os.environ["REDIS_URL"])
    redis = redis.set(database=str(int(redis.database or 0) + worker))
    return Settings(
        environment="test",
        database_url=database.render_as_string(hide_password=False),
        redis_url=redis.render_as_string(hide_password=False),
        member_issuer=ISSUER,
        member_jwks_url=identity_provider.jwks_url,
        log_level="WARNING",
        files_url=tmp_path_factory.mktemp("files").as_uri(),
    )


@pytest.fixture(scope="session")
def wired(settings: Settings) -> FastAPI:
    """The service with its routes and documents, which take a second to build and never change."""
    app = create_app(settings)
    app.state.documents = unstarted.state.documents
    return app


@pytest.fixture
async def app(wired: FastAPI, settings: Settings) -> AsyncIterator[FastAPI]:
    """The service itself, started on empty books."""
    wired.state.rates = Rates()
    await empty(settings)
    async with wired.router.lifespan_context(wired):
        yield wired


@pytest.fixture
def rooms(app: FastAPI) -> Rooms:
    found: Rooms = app.state.rooms
    return found


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks HTTP to the service, without a network."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", event_hooks=NOTING
    ) as client:
        yield client


@pytest.fixture
def make(rooms: Rooms, identity_provider: IdentityProvider) -> Factory:
    """Makes members, stores, tills, staff and batches the way the service does."""
    return Factory(rooms, identity_provider)


@pytest.fixture
def counter(make: Factory) -> Counter:
    """A counter in a store: vouchers, tills, and what happens between them."""
    return Counter(make)


async def empty(settings: Settings) -> None:
    """No rows but the deployment's own, no moved time, no memory in Redis.

    Rows are deleted where there are some: to truncate all tables is to make and remove some
    hundreds of files, which took most of a small test's time.
    """
    engine = create_async_engine(str(settings.database_url))
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in KEPT_TABLES]
    any_rows = ", ".join(f"EXISTS (SELECT FROM {name})" for name in names)
    async with engine.begin() as connection:
        # As a superuser could: the ledger's triggers refuse it to everybody else.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        found = (await connection.execute(text(f"SELECT {any_rows}"))).one()
        for name in (name for name, has_rows in zip(names, found, strict=True) if has_rows):
            await connection.execute(text(f"DELETE FROM {name}"))
        await connection.execute(text("UPDATE clock SET time_offset = '0'"))
        await connection.execute(text("UPDATE pulse SET version = version + 1"))
    await engine.dispose()
    redis = create_redis(settings)
    await redis.flushdb()
    await redis.aclose()
