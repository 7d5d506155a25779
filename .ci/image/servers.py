"""What surrounds the service: PostgreSQL, Valkey, an identity provider. Until the input ends.

Started by `service.py` with the project's own Python. The service gets a role that owns its
database and may nothing else, as it should anywhere.
"""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from app.embedded.deployment import Deployment, identity_provider_of
from app.embedded.secrets import secrets_of

MEMBER = "M00000001"


def main() -> None:
    folder = Path(sys.argv[1])
    kept = {name: os.environ[name] for name in ("PATH",)}
    with Deployment(folder, kept) as settings:
        names = ("REDIS_URL", "MEMBER_ISSUER", "MEMBER_JWKS_URL")
        surroundings = {
            "settings": {
                **{name: settings[name] for name in names},
                "DATABASE_URL": asyncio.run(make_database(settings["DATABASE_URL"])),
            },
            "member_token": identity_provider_of(secrets_of(folder), kept).issue(MEMBER),
        }
        print(json.dumps(surroundings), flush=True)  # noqa: T201
        sys.stdin.read()


async def make_database(url: str) -> str:
    """An empty database of an ordinary role's own; its address."""
    password = secrets.token_hex(16)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE ROLE service LOGIN PASSWORD '{password}'")
        await connection.execute("CREATE DATABASE service OWNER service")
    finally:
        await connection.close()
    return f"postgresql://service:{password}@127.0.0.1:{urlsplit(url).port}/service"


if __name__ == "__main__":
    main()
