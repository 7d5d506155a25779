"""Migrations lead to the tables that the models describe, and back."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.embedded.identity_provider import IdentityProvider
from app.main import create_app
from app.models import Base
from app.platform.migrations import VERSIONS, heads
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from tests.conftest import migrate, recreate_database
from tests.factories import Factory, auth
from tests.house.source import ROOT
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

Scratch = Callable[[str], Awaitable[URL]]

SQL = VERSIONS / "sql"
FILES = sorted(VERSIONS.glob("*.py"))

COLUMNS = """
    SELECT table_name || '.' || column_name,
           concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default,
                     is_identity)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
      AND conrelid::regclass::text <> 'alembic_version'
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
# Not what an extension brought: its server's version says what that is.
FUNCTIONS = """
    SELECT proname, pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


@dataclass(frozen=True)
class Schema:
    """What a database consists of, each definition as PostgreSQL writes it."""

    columns: dict[str, str]
    constraints: dict[str, str]
    indexes: dict[str, str]
    functions: dict[str, str]


@pytest.fixture
def scratch(database: URL) -> Scratch:
    """Makes an empty database beside the tests' own."""

    async def make_database(name: str) -> URL:
        url = database.set(database=f"{database.database}_{name}")
        await asyncio.to_thread(recreate_database, database, str(url.database))
        return url

    return make_database


@pytest.fixture
async def connection(database: URL) -> AsyncIterator[AsyncConnection]:
    """On the tests' own database, which Alembic built."""
    async with connected(database) as connection:
        yield connection


def test_there_is_one_head() -> None:
    assert len(heads()) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_does_not_wait_long_for_a_lock(path: Path) -> None:
    source = path.read_text()
    for half in ("upgrade", "downgrade"):
        body = source.split(f"def {half}() -> None:")[1].split("\ndef ")[0]
        assert "SET LOCAL lock_timeout" in body


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_is_named_by_its_minute(path: Path) -> None:
    assert re.fullmatch(r"\d{8}_\d{4}_[a-z0-9_]+", path.stem)


async def test_models_and_migrations_describe_the_same_tables(
    connection: AsyncConnection, scratch: Scratch
) -> None:
    async with connected(await scratch("models")) as other:
        await other.run_sync(Base.metadata.create_all)
        modelled = await read_schema(other)
    migrated = await read_schema(connection)
    assert migrated.columns == modelled.columns
    assert migrated.constraints == modelled.constraints
    assert migrated.indexes == modelled.indexes


async def test_functions_are_those_of_the_newest_frozen_files(
    connection: AsyncConnection, scratch: Scratch
) -> None:
    newest = {path.stem.split("_", 1)[1]: path for path in sorted(SQL.glob("*.sql"))}
    async with connected(await scratch("functions")) as other:
        await other.run_sync(Base.metadata.create_all)
        for path in newest.values():
            await other.exec_driver_sql(path.read_text())
        written = (await read_schema(other)).functions
    migrated = (await read_schema(connection)).functions
    assert set(migrated) == set(newest)
    assert migrated == written


async def test_a_changed_check_or_function_would_be_noticed(scratch: Scratch) -> None:
    url = await scratch("control")
    migrate(url)
    async with connected(url) as connection:
        before = await read_schema(connection)
        await connection.execute(
            text(
                "ALTER TABLE clock DROP CONSTRAINT ck_clock_one_row,"
                " ADD CONSTRAINT ck_clock_one_row CHECK (id >= 1)"
            )
        )
        await connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION campaign_now() RETURNS timestamptz"
                " LANGUAGE sql VOLATILE AS 'SELECT now()'"
            )
        )
        after = await read_schema(connection)
    assert before.columns == after.columns
    assert before.constraints != after.constraints
    assert before.functions != after.functions


async def test_filled_tables_go_down_and_up_again_and_end_as_they_were(
    settings: Settings, identity_provider: IdentityProvider, scratch: Scratch
) -> None:
    url = await scratch("round_trip")
    migrate(url)
    await fill(settings, url, identity_provider)
    there = await schema_of(url)
    alembic(url, "downgrade", "base")
    gone = await schema_of(url)
    assert (gone.columns, gone.functions) == ({}, {})
    alembic(url, "upgrade", "head")
    assert await schema_of(url) == there
    await fill(settings, url, identity_provider)


async def read_schema(connection: AsyncConnection) -> Schema:
    async def read(query: str) -> dict[str, str]:
        rows = (await connection.execute(text(query))).all()
        return {str(name): str(definition) for name, definition in rows}

    return Schema(
        await read(COLUMNS), await read(CONSTRAINTS), await read(INDEXES), await read(FUNCTIONS)
    )


async def schema_of(url: URL) -> Schema:
    async with connected(url) as connection:
        return await read_schema(connection)


@asynccontextmanager
async def connected(url: URL) -> AsyncIterator[AsyncConnection]:
    """One connection in one transaction, which is never committed."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        yield connection


async def fill(settings: Settings, url: URL, provider: IdentityProvider) -> None:
    """A claim with all it rests on: the service works on this database."""
    target = settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})
    app = create_app(target)
    async with app.router.lifespan_context(app):
        rooms: Rooms = app.state.rooms
        make = Factory(rooms, provider)
        batch, member = await make.batch(), await make.member()
        await make.till()
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", event_hooks=NOTING
        ) as client:
            answer = await client.post(
                f"/v1/breakfast/batches/{batch.id}/claims",
                headers=auth(make.token(member), "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            )
        assert answer.status_code == 201, answer.text


def alembic(url: URL, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url.render_as_string(hide_password=False)},
        check=True,
        capture_output=True,
    )
