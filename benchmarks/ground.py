"""A deployment to measure on: real servers, the edition, the service and the references.

Everything stands in one temporary folder and is gone afterwards. The service is started as
`./run serve` starts it; the references run beside it, on the same servers and under the same
settings, and are idle while it is measured (and it while they are).
"""

import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from app.commands.verify import verify_deployment
from app.embedded.deployment import Deployment, identity_provider_of
from app.embedded.embedded_server import RECORD
from app.embedded.first_start import seed_if_new
from app.embedded.identity_provider import IdentityProvider
from app.embedded.playground import clear_up, own_environ, temporary_folder
from app.embedded.schema import migrate
from app.embedded.secrets import secrets_of
from app.embedded.service_file import ServiceFile
from app.embedded.web import Port, Web
from app.main import open_rooms
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.serving import APPLICATION
from app.shared.identity.callers import Member, Till
from benchmarks import cpu, people
from benchmarks.cpu import Cpu
from benchmarks.proxy import behind
from benchmarks.references import tables
from benchmarks.site import Site

REFERENCES = "benchmarks.references.app:app"
READERS = 500
# Port 1 of loopback: nobody listens, a connection is refused at once.
NO_REDIS = "redis://127.0.0.1:1/0"


@dataclass(frozen=True)
class Ground:
    """What the paths are handed. `rooms` prepares rows; nothing is measured through it."""

    service: Site
    without_redis: Site
    references: Site
    rooms: Rooms
    environ: Mapping[str, str]
    settings: Settings
    provider: IdentityProvider
    members: Sequence[Member]
    tokens: Sequence[str]
    # Workers whom nobody else's path lets claim.
    readers: Sequence[Member]
    reader_tokens: Sequence[str]
    tills: Sequence[Till]
    till_tokens: Sequence[str]
    server_pids: tuple[int, int]

    def cpu(self, site: Site) -> Cpu:
        """What this site's processes and the two servers have spent so far."""
        return cpu.spent(site.pids, *self.server_pids)

    async def faults(self) -> list[str]:
        """What `./run verify` finds: nothing, or the round is no figure."""
        checks = await verify_deployment(self.settings)
        return [f"{check.name}: {fault}" for check in checks for fault in check.faults]


@dataclass(frozen=True)
class Servers:
    """The sites, before anybody is in the books."""

    environ: dict[str, str]
    data_dir: Path
    service: Site
    without_redis: Site
    references: Site


@contextmanager
def serving(workers: int, proxy: Path | None = None) -> Iterator[Servers]:
    """The servers and all three sites, for as long as the block runs; with `proxy`, HAProxy's
    configuration, the service by way of that."""
    clear_up(Path(tempfile.gettempdir()))
    with ExitStack() as stack:
        data_dir = stack.enter_context(temporary_folder())
        # By its lock the next run sees whether this one was killed, and clears up after it.
        stack.enter_context(ServiceFile(data_dir))
        environ = stack.enter_context(Deployment(data_dir, own_environ()))
        migrate(environ)
        seed_if_new(environ)

        def serve(application: str, **more: str) -> Site:
            return stack.enter_context(site(environ | more, application, workers=workers))

        yield Servers(
            environ=environ,
            data_dir=data_dir,
            service=stack.enter_context(behind(proxy, serve(APPLICATION))),
            without_redis=serve(APPLICATION, REDIS_URL=NO_REDIS),
            references=serve(REFERENCES),
        )


@contextmanager
def site(environ: Mapping[str, str], application: str, *, workers: int) -> Iterator[Site]:
    """So many processes of it on a port of their own, for as long as the block runs."""
    # A line a request, as a deployment has it by default; into a file, not to a terminal.
    telling = {**environ, "LOG_LEVEL": "INFO"}
    port = Port("127.0.0.1", 0)
    with (
        TemporaryFile() as told,
        Web(telling, port, count=workers, application=application, output=told.fileno()) as web,
    ):
        yield Site(port.url, web.pids)


@asynccontextmanager
async def ground(servers: Servers, *, members: int, tills: int) -> AsyncIterator[Ground]:
    """People in the books, their tokens, and the references' tables."""
    settings = Settings.of(servers.environ)
    provider = identity_provider_of(secrets_of(servers.data_dir), servers.environ)
    async with open_rooms(settings) as rooms:
        await tables.create(rooms.engine)
        await people.import_workers(rooms, members + READERS)
        known = await people.workers(rooms, members)
        readers = await people.workers(rooms, READERS, after=members)
        devices, till_tokens = await people.tills(rooms, tills)
        record = json.loads((servers.data_dir / RECORD).read_text())
        yield Ground(
            service=servers.service,
            without_redis=servers.without_redis,
            references=servers.references,
            rooms=rooms,
            environ=servers.environ,
            settings=settings,
            provider=provider,
            members=known,
            tokens=people.member_tokens(provider, known),
            readers=readers,
            reader_tokens=people.member_tokens(provider, readers),
            tills=devices,
            till_tokens=till_tokens,
            server_pids=(record["postgres"]["pid"], record["valkey"]["pid"]),
        )
