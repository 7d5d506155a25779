"""A deployment that a test may break, with servers and processes of its own."""

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
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
from app.platform.redis import create_redis
from app.platform.settings import Settings
from tests.conftest import migrate
from tests.factories import Factory
from tests.faults.disk import Disk
from tests.faults.mortal import MortalPostgres, MortalServer, MortalService
from tests.faults.stops import Stops
from tests.faults.wires import Wire, wire


@dataclass
class Wires:
    """Ways to both servers that can be cut."""

    to_postgres: Wire
    to_redis: Wire


@dataclass
class Servers:
    postgres: MortalPostgres
    valkey: MortalServer
    disk: Disk
    wires: Wires

    def settings(self, others: Settings, *, by_wire: bool = False) -> Settings:
        """Those settings, with these servers."""
        postgres, redis = make_url(self.postgres.url), make_url(self.valkey.url)
        if by_wire:
            postgres = postgres.set(port=self.wires.to_postgres.port)
            redis = redis.set(port=self.wires.to_redis.port)
        return others.model_copy(
            update={
                "database_url": postgres.set(drivername="postgresql+asyncpg").render_as_string(
                    hide_password=False
                ),
                "redis_url": redis.render_as_string(hide_password=False),
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
    servers: Servers
    service: MortalService
    provider: IdentityProvider
    stops: Stops
    # Beside rows of earlier tests: no number is given twice.
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def postgres(self) -> MortalPostgres:
        return self.servers.postgres

    @property
    def valkey(self) -> MortalServer:
        return self.servers.valkey

    @property
    def disk(self) -> Disk:
        return self.servers.disk

    @property
    def wires(self) -> Wires:
        return self.servers.wires

    @asynccontextmanager
    async def factory(self) -> AsyncIterator[Factory]:
        """To make and to read rows, beside the service. Open it while no server is killed."""
        async with open_rooms(self.settings) as rooms:
            yield Factory(rooms, self.provider, self.numbers)

    async def wipe_redis(self) -> None:
        redis = create_redis(self.settings)
        await redis.flushall()
        await redis.aclose()


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Both servers, started and migrated; killed in the end, and nothing is left."""
    with ExitStack() as stack:
        # Not pytest's own temporary folder, which only the user who runs the tests may enter.
        parent = Path(tempfile.mkdtemp(prefix="five-gift-packs-faults-")).resolve()
        stack.callback(shutil.rmtree, parent, ignore_errors=True)
        parent.chmod(0o711)
        disk = Disk(parent)
        stack.callback(disk.close)
        data_dir = open_data_folder(parent / "data")
        quarters = choose_quarters(data_dir, uuid4().hex, find_binaries(os.environ))
        stack.callback(shutil.rmtree, quarters.folder, ignore_errors=True)
        password = secrets.token_urlsafe(16)
        postgres = MortalPostgres(Postgres(data_dir, quarters, password), data_dir)
        valkey = MortalServer(Valkey(data_dir, quarters, password), data_dir)
        for server in (postgres, valkey):
            stack.callback(server.kill)
            server.start()
        migrate(make_url(postgres.url))
        wires = Wires(
            stack.enter_context(wire(postgres.port)), stack.enter_context(wire(valkey.port))
        )
        yield Servers(postgres, valkey, disk, wires)
