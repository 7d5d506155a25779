"""The database brought to what this version of the program needs.

Importing Alembic costs half a second, so whether there is anything to do is seen from the
version table and the migrations' file headers; Alembic itself runs in a process of its own.
"""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from app.embedded.errors import DeploymentError
from app.embedded.external import plain_url
from app.embedded.progress import say

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ROOT / "alembic" / "versions"

_REVISION = re.compile(r'^revision(?:\s*:[^=]+)?\s*=\s*["\'](\w+)["\']', re.MULTILINE)
_PARENT = re.compile(r'^down_revision(?:\s*:[^=]+)?\s*=\s*["\'](\w+)["\']', re.MULTILINE)


def migrate(settings: Mapping[str, str]) -> None:
    """Apply what is missing. Two at once: the second waits for the first (alembic/env.py).

    Raises `DeploymentError` when the database is newer than the program, or a migration fails.
    """
    asyncio.run(_migrate(settings))


async def _migrate(settings: Mapping[str, str]) -> None:
    connection = await asyncpg.connect(plain_url(settings["DATABASE_URL"]))
    try:
        current = await _current_revision(connection)
    finally:
        await connection.close()
    known, head = revisions(VERSIONS)
    if current is not None and current not in known:
        raise DeploymentError(
            f"the database is at migration {current}, which this version does not know: "
            "it was used by a newer one"
        )
    if current != head:
        say("Migrating the database ...")
        await _upgrade(settings)


async def _current_revision(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


def revisions(folder: Path) -> tuple[set[str], str]:
    """All revisions in the folder, and the one that is nobody's parent."""
    texts = [path.read_text() for path in folder.glob("*.py")]
    known = {name for text in texts for name in _REVISION.findall(text)}
    heads = known - {name for text in texts for name in _PARENT.findall(text)}
    if len(heads) != 1:
        raise DeploymentError(f"{folder} has {len(heads)} heads instead of one")
    return known, heads.pop()


async def _upgrade(settings: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "alembic", "-c", str(ROOT / "alembic.ini"), "upgrade", "head"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**settings, "PYTHONPATH": str(ROOT)},
    )
    output, _ = await process.communicate()
    if process.returncode:
        say(output.decode(errors="replace").rstrip())
        raise DeploymentError("the database could not be migrated (see above)")
