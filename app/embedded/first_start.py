"""Whether this database has its edition yet, and if not, the seed in a process of its own.

Importing what the seed needs costs more than a second, which a later start does
not pay: it asks the database one question.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from app.embedded.errors import DeploymentError
from app.embedded.external import plain_url
from app.embedded.progress import say

ROOT = Path(__file__).resolve().parents[2]

# The packs are what the seed writes last, and no campaign is without them.
IS_SEEDED = "SELECT EXISTS (SELECT FROM pack)"


def seed_if_new(settings: Mapping[str, str], *, empty: bool = False) -> None:
    """Seed a database that has no edition. Two at once: the second waits for the first.

    `empty`: no people, stores or goods. Raises `DeploymentError`.
    """
    asyncio.run(_seed_if_new(settings, empty=empty))


async def _seed_if_new(settings: Mapping[str, str], *, empty: bool) -> None:
    connection = await asyncpg.connect(plain_url(settings["DATABASE_URL"]))
    try:
        if await connection.fetchval(IS_SEEDED):
            return
    finally:
        await connection.close()
    say("Seeding a campaign, nothing else ..." if empty else "Seeding the 2023 edition ...")
    await _seed(settings, ["--empty"] if empty else [])


async def _seed(settings: Mapping[str, str], arguments: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "app.embedded.seed", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**settings, "PYTHONPATH": str(ROOT)},
    )
    output, _ = await process.communicate()
    if process.returncode:
        say(output.decode(errors="replace").rstrip())
        raise DeploymentError("the database could not be seeded (see above)")
