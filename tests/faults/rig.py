"""A deployment that a test may break, with servers and processes of its own."""

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import make_url

from app.embedded.binaries import find_binaries
from app.embedded.data_folder import open_data_folder
from app.embedded.identity_provider import IdentityProvider
from app.embedded.postgres import Postgres
from app.embedded.quarters import choose_quarters
from app.embedded.valkey import Valkey
from app.main import open_rooms
from app.platform.settings import Settings
from tests.conftest import migrate
from tests.factories import Factory
from tests.faults.mortal import MortalPostgres, MortalServer, MortalService


@dataclass
class Servers:
    postgres: MortalPostgres
    valkey: MortalServer

    def settings(self, others: Settings) -> Settings:
        """Those settings, with these servers."""
        return others.model_copy(
            update={
                "database_url": make_url(self.postgres.url)
                .set(drivername="postgresql+asyncpg")
                .render_as_string(hide_password=False),
                "redis_url": self.valkey.url,
            }
        )

    def revive(self) -> None:
        """Start whichever a test left dead."""
        for server in (self.postgres, self.valkey):
            if not server.alive:
                server.start()


@dataclass
class Rig:
    settings: Settings
    postgres: MortalPostgres
    valkey: MortalServer
    service: MortalService
    provider: IdentityProvider

    @asynccontextmanager
    async def factory(self) -> AsyncIterator[Factory]:
        """To make and to read rows, beside the service. Open it while no server is killed."""
        async with open_rooms(self.settings) as rooms:
            yield Factory(rooms, self.provider)


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Both servers, started and migrated; killed in the end, and nothing is left."""
    # Not pytest's own temporary folder, which only the user who runs the tests may enter.
    parent = Path(tempfile.mkdtemp(prefix="five-gift-packs-faults-")).resolve()
    parent.chmod(0o711)
    data_dir = open_data_folder(parent / "data")
    quarters = choose_quarters(data_dir, uuid4().hex, find_binaries(os.environ))
    password = secrets.token_urlsafe(16)
    servers = Servers(
        MortalPostgres(Postgres(data_dir, quarters, password), data_dir),
        MortalServer(Valkey(data_dir, quarters, password), data_dir),
    )
    try:
        servers.postgres.start()
        servers.valkey.start()
        migrate(make_url(servers.postgres.url))
        yield servers
    finally:
        servers.valkey.kill()
        servers.postgres.kill()
        shutil.rmtree(quarters.folder)
        shutil.rmtree(parent, ignore_errors=True)
