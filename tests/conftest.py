"""Real servers for every test: a database a worker, built by Alembic; a Redis a worker.

`./run test` sets the environment. Each test that touches the books begins with
empty tables and real time.
"""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from sqlalchemy import make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from app import main
from app.embedded.identity_provider import ISSUER, IdentityProvider
from app.main import app as unstarted
from app.main import create_app
from app.platform.redis import create_redis
from app.platform.settings import Settings, database_url
from app.routers.rooms import Rooms
from app.shared.limits import Rates
from tests import pools
from tests.broom import put_away, sweep
from tests.factories import Factory
from tests.refusals import NOTING
from tests.tills import Counter

pytest_plugins = ["tests.refusals_plugin", "pytester"]

ROOT = Path(__file__).parent.parent


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
    return migrated_database(server, f"{server.database}_test_{worker}")


def migrate(url: URL, revision: str = "head") -> None:
    """Run Alembic in a process of its own, as a deployment would."""
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", revision],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url.render_as_string(hide_password=False)},
        check=True,
        capture_output=True,
    )


async def own_database(settings: Settings, name: str) -> Settings:
    """Another one beside the worker's, whose guards may be taken out; Redis is empty."""
    await forget(settings)
    server = make_url(str(settings.database_url))
    url = await asyncio.to_thread(migrated_database, server, f"{server.database}_{name}")
    return settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})


def migrated_database(server: URL, name: str) -> URL:
    """One of that name, in place of what was there, as Alembic makes it from nothing."""
    recreate_database(server, name, template=_template())
    return server.set(database=name)


@cache
def _template() -> str:
    """Migrated once in this process, and never connected to again: others are copies of it."""
    server = make_url(database_url())
    name = f"{server.database}_template_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    recreate_database(server, name)
    migrate(server.set(database=name))
    return name


def recreate_database(server: URL, name: str, *, template: str = "template1") -> None:
    """Drop and create, on a connection that is not inside a transaction."""
    commands = (
        f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
        f'CREATE DATABASE "{name}" TEMPLATE "{template}"',
        # The disk is not waited for: no test lets the machine fall.
        f'ALTER DATABASE "{name}" SET synchronous_commit = off',
    )

    async def run() -> None:
        engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for command in commands:
                await connection.execute(text(command))
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
    spare_the_collector()
    return app


@pytest.fixture(scope="session")
async def one_loop(anyio_backend: str) -> AsyncIterator[None]:
    """The same for all tests from here on, or the pools could not be kept."""
    yield
    await pools.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The plays at random first: at the end one process would wait for the last of them."""
    items.sort(key=lambda item: "tests/stateful/" not in item.nodeid)


def pytest_collection_finish() -> None:
    spare_the_collector()


def pytest_sessionfinish() -> None:
    put_away()


def spare_the_collector() -> None:
    """What is there now stays, and what comes is looked through less often: to go through all of
    it for what nobody holds any more took a quarter of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 40)


@pytest.fixture
async def app(wired: FastAPI, settings: Settings, one_loop: None) -> AsyncIterator[FastAPI]:
    """The service itself, started on empty books."""
    wired.state.rates = Rates()
    await empty(settings)
    async with AsyncExitStack() as started:
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(main, "create_engine", pools.lend)
            await started.enter_async_context(wired.router.lifespan_context(wired))
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
    """No rows but the deployment's own, no moved time, no memory in Redis."""
    await sweep(str(settings.database_url))
    await forget(settings)


async def forget(settings: Settings) -> None:
    redis = create_redis(settings)
    await redis.flushdb()
    await redis.aclose()
