"""Which migration the program needs, and which one a database has.

Importing Alembic costs half a second, so both are read without it: from the
files' own headers and from the version table.
"""

import asyncio
import re
from pathlib import Path

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

VERSIONS = Path(__file__).resolve().parents[2] / "alembic" / "versions"

_REVISION = re.compile(r'^revision(?:\s*:[^=]+)?\s*=\s*["\'](\w+)["\']', re.MULTILINE)
_PARENT = re.compile(r'^down_revision(?:\s*:[^=]+)?\s*=\s*["\'](\w+)["\']', re.MULTILINE)


def revisions(folder: Path = VERSIONS) -> tuple[set[str], set[str]]:
    """All revisions, and those that are nobody's parent. A house test keeps it to one head."""
    texts = [path.read_text() for path in folder.glob("*.py")]
    known = {name for text in texts for name in _REVISION.findall(text)}
    return known, known - {name for text in texts for name in _PARENT.findall(text)}


def heads(folder: Path = VERSIONS) -> set[str]:
    """The revisions that are nobody's parent."""
    return revisions(folder)[1]


async def applied(engine: AsyncEngine, *, within_s: float) -> set[str] | None:
    """What the database says it has: empty when it was never migrated, None out of reach."""
    try:
        async with asyncio.timeout(within_s), engine.connect() as connection:
            return await _read(connection)
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return None


async def _read(connection: AsyncConnection) -> set[str]:
    if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return set()
    return set(await connection.scalars(text("SELECT version_num FROM alembic_version")))
