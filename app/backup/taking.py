"""Taking a backup, beside live traffic: nobody waits for it, and it waits for nobody.

All tables are read in one REPEATABLE READ transaction, so the file holds one moment: an entry
in the books with its voucher, its ledger row and its job, or none of them.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import asyncpg

from app.backup.archive import CHUNK, Archive, Manifest, Part, file_path, new_archive
from app.backup.keys import fingerprints
from app.backup.tables import Connection, Table, copy_out, tables
from app.embedded.errors import DeploymentError
from app.embedded.external import plain_url
from app.embedded.progress import Bar
from app.platform.settings import Settings
from app.shared.files import folder_of
from app.version import VERSION

NAMED = "five-gift-packs-{:%Y%m%d-%H%M%S}.zip"
INCLUDED, NOWHERE = "included", "nowhere"

_SNAPSHOT = """
    SELECT now() AS at, current_setting('server_version') AS postgres,
           (SELECT version_num FROM alembic_version) AS revision,
           (SELECT number || ':' || encode(head, 'hex') FROM ledger_seal
             ORDER BY number DESC LIMIT 1) AS ledger_head
"""


async def take(settings: Settings, target: Path) -> tuple[Path, Manifest]:
    """Write a backup to `target`, or under a name of its own into it where it is a folder.

    Raises `DeploymentError`.
    """
    connection = await asyncpg.connect(plain_url(str(settings.database_url)))
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            raise DeploymentError("the database has no tables yet: there is nothing to back up")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SET LOCAL statement_timeout = 0")
            return await _take(connection, settings, target)
    except OSError as error:
        raise DeploymentError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        await connection.close()


async def _take(connection: Connection, settings: Settings, target: Path) -> tuple[Path, Manifest]:
    snapshot = await connection.fetchrow(_SNAPSHOT)
    assert snapshot is not None
    path = _path(target, snapshot["at"])
    with new_archive(path) as archive:
        parts = await _copy_tables(connection, archive, await tables(connection))
        where, kept = _keep_files(archive, settings)
        manifest = Manifest(
            taken_at=snapshot["at"].isoformat(),
            version=VERSION,
            revision=snapshot["revision"],
            postgres=snapshot["postgres"],
            ledger_head=snapshot["ledger_head"],
            files=where,
            keys=fingerprints(settings),
            parts=[*parts, *kept],
        )
        archive.close_with(manifest)
    return path, manifest


def _path(target: Path, at: datetime) -> Path:
    path = target / NAMED.format(at) if target.is_dir() else target
    if path.exists():
        raise DeploymentError(f"{path} is there already: name another file, or a folder")
    return path


async def _copy_tables(connection: Connection, archive: Archive, found: list[Table]) -> list[Part]:
    bar = Bar(sum(table.about for table in found), "rows")
    try:
        return [await copy_out(connection, archive, table, bar.advance) for table in found]
    finally:
        bar.end()


def _keep_files(archive: Archive, settings: Settings) -> tuple[str, list[Part]]:
    """The bytes that a folder keeps, after the rows that name them: bytes are there before
    their row. A bucket has versions and copies of its own; it is named."""
    root = folder_of(settings)
    if root is None:
        return settings.files_url or NOWHERE, []
    return INCLUDED, [part for path in _kept(root) if (part := _keep(archive, root, path))]


def _kept(root: Path) -> Iterator[Path]:
    """Whole files; one that is being written begins with a dot."""
    return (path for path in sorted(root.rglob("*")) if path.is_file() and path.name[:1] != ".")


def _keep(archive: Archive, root: Path, path: Path) -> Part | None:
    """None when it has been deleted meanwhile, as its owner may do at any time."""
    name = path.relative_to(root).as_posix()
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return None
    with stream, archive.part(file_path(name), packed=False) as part:
        while chunk := stream.read(CHUNK):
            part.write(chunk)
    return Part(name=name, size=part.size, sha256=part.sha256)
