"""Putting a backup back: into a database that has nothing, or whose books somebody gives up.

The whole file is read and the keys are compared before anything is touched. The rows come in
in one transaction: afterwards all of them are there, or none, and the same command again does
it. Older backups are put back at their own revision and then migrated.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import asyncpg

from app.backup.archive import CHUNK, Manifest, Part, Reading
from app.backup.keys import NEEDED, fingerprints, missing
from app.backup.tables import Connection, copy_in
from app.backup.taking import INCLUDED, NOWHERE
from app.embedded.errors import DeploymentError
from app.embedded.external import plain_url
from app.embedded.program import ROOT, run_module
from app.embedded.progress import Bar, say
from app.embedded.schema import migrate
from app.platform.migrations import revisions
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.shared.files import open_store

# Whoever has any of these has books that somebody may want to keep.
_IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM ledger_entry) AND NOT EXISTS (SELECT FROM campaign)"
# Every process of the service is known by the name of the connection on which it watches.
_SERVED = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'pulse:%'
"""


def restore(environ: Mapping[str, str], backup: Reading, *, replace: bool) -> Manifest:
    """Raises `DeploymentError`, `BackupUnreadable`; before anything is changed where the file,
    the keys, or what stands in the database forbid it. Not inside a running event loop."""
    settings, manifest = Settings.of(environ), backup.manifest
    _require_keys(manifest, settings)
    if manifest.revision not in revisions()[0]:
        raise DeploymentError(
            f"the backup is of migration {manifest.revision}, which this version does not know: "
            f"it was made by {manifest.version}, put it back with that"
        )
    backup.check()
    if not asyncio.run(_has_its_tables(settings, manifest, replace=replace)):
        say("Making the tables ...")
        arguments = ("-c", str(ROOT / "alembic.ini"), "upgrade", manifest.revision)
        run_module(environ, "alembic", *arguments, complaint="the migration failed")
    asyncio.run(_put_back(settings, backup))
    migrate(environ)
    return manifest


def _require_keys(manifest: Manifest, settings: Settings) -> None:
    lacking = missing(manifest.keys, fingerprints(settings))
    if fatal := [each for each in lacking if each.startswith(NEEDED)]:
        raise DeploymentError(
            f"the backup was made with other keys ({', '.join(fatal)}): without them its personal "
            "data stays shut. Set them, or name the old secrets.json with --keys"
        )
    for each in lacking:
        say(f"Not at hand: {each}. What it signed is not believed any more.")


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(plain_url(str(settings.database_url)))
    try:
        yield connection
    except asyncpg.PostgresError as error:
        # Not its words, which may hold values.
        raise DeploymentError(
            f"the database refused it ({type(error).__name__}); nothing of it was put back"
        ) from error
    finally:
        await connection.close()


async def _has_its_tables(settings: Settings, manifest: Manifest, *, replace: bool) -> bool:
    """Whether the tables of the backup's revision are there, with rows that nobody wants. Of
    another revision, they are dropped. Raises `DeploymentError`."""
    async with _connected(settings) as connection:
        if await connection.fetchval(_SERVED):
            raise DeploymentError(
                "a service runs on this database: stop it, with its workers, first"
            )
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return False
        if not replace and not await connection.fetchval(_IS_EMPTY):
            raise DeploymentError(
                "this database has books already: name another one, another --data, or give what "
                "is in it up with --replace"
            )
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
        if found != manifest.revision:
            await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return bool(found == manifest.revision)


async def _put_back(settings: Settings, backup: Reading) -> None:
    """Bytes before the rows that name them, and in the end Redis forgets: its mirrors may be of
    other books on the same server, which look no older than these."""
    await _put_files(backup, settings)
    async with _connected(settings) as connection:
        await _put_rows(connection, backup)
    redis = create_redis(settings)
    try:
        await redis.flushdb()
    finally:
        await redis.aclose()


async def _put_rows(connection: Connection, backup: Reading) -> None:
    say("Reading the rows in ...")
    bar = Bar(backup.manifest.rows, "rows")
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL statement_timeout = 0")
            await copy_in(connection, backup, bar.advance)
        await connection.execute("ANALYZE")
    finally:
        bar.end()


async def _put_files(backup: Reading, settings: Settings) -> None:
    """Whatever store there is now takes them."""
    store = open_store(settings)
    for part in (part for part in backup.manifest.parts if not part.is_table):
        _check_name(part)
        with SpooledTemporaryFile(max_size=CHUNK) as content:
            for chunk in backup.chunks(part):
                content.write(chunk)
            content.seek(0)
            await store.put(part.name, cast(BinaryIO, content))
    if backup.manifest.files not in {INCLUDED, NOWHERE}:
        say(f"Files are not in the backup: they are at {backup.manifest.files}.")


def _check_name(part: Part) -> None:
    """Below the store's folder, whatever the file says."""
    if Path(part.name).is_absolute() or ".." in Path(part.name).parts:
        raise DeploymentError(f"the backup names a file outside the store: {part.name}")
