"""The database brought to what this version of the program needs.

Importing Alembic costs half a second, so whether there is anything to do is seen from the
version table and the migrations' file headers; Alembic itself runs in a process of its own.
"""

import asyncio
from collections.abc import Mapping

import asyncpg

from app.embedded.errors import DeploymentError
from app.embedded.external import plain_url
from app.embedded.program import ROOT, run_module
from app.embedded.progress import say
from app.platform.migrations import revisions


def migrate(settings: Mapping[str, str]) -> None:
    """Apply what is missing. Two at once: the second waits for the first (alembic/env.py).

    Raises `DeploymentError` when the database is newer than the program, or a migration fails.
    """
    current = asyncio.run(_current_revision(plain_url(settings["DATABASE_URL"])))
    known, heads = revisions()
    if current is not None and current not in known:
        raise DeploymentError(
            f"the database is at migration {current}, which this version does not know: "
            "it was used by a newer one"
        )
    if current not in heads:
        say("Migrating the database ...")
        arguments = ("-c", str(ROOT / "alembic.ini"), "upgrade", "head")
        run_module(settings, "alembic", *arguments, complaint="the migration failed")


async def _current_revision(url: str) -> str | None:
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision
    finally:
        await connection.close()
