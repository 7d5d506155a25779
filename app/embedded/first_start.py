"""Whether this database has its edition yet, and if not, the seed in a process of its own.

Importing what the seed needs costs more than a second, which a later start does
not pay: it asks the database one question.
"""

import asyncio
from collections.abc import Mapping

import asyncpg

from app.embedded.external import plain_url
from app.embedded.program import run_module
from app.embedded.progress import say

# The packs are what the seed writes last, and no campaign is without them.
IS_SEEDED = "SELECT EXISTS (SELECT FROM pack)"


def seed_if_new(settings: Mapping[str, str], *, empty: bool = False) -> None:
    """Seed a database that has no edition. Two at once: the second waits for the first.

    `empty`: no people, stores or goods. Raises `DeploymentError`.
    """
    if asyncio.run(_is_seeded(plain_url(settings["DATABASE_URL"]))):
        return
    say("Seeding a campaign, nothing else ..." if empty else "Seeding the 2023 edition ...")
    arguments = ["--empty"] if empty else []
    run_module(settings, "app.embedded.seed", *arguments, complaint="the seeding failed")


async def _is_seeded(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval(IS_SEEDED))
    finally:
        await connection.close()
