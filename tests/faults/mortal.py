"""What a test may kill without warning and bring back at the same address.

The two servers are those of `app/embedded`, on a folder of the test's own; the
processes of the service are those of the races. Nothing here waits for an
orderly end: the kill is `kill -9`.
"""

import asyncio
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import asyncpg

from app.embedded.embedded_server import EmbeddedServer
from app.embedded.locks import FileLock, is_held
from app.platform.settings import Settings
from tests.nursery import Child
from tests.races import drop

POLL_S = 0.03
START_S = 60.0
GONE_S = 20.0
# Below the ports that systems lend to outgoing connections: a dead server's must stay free.
PORTS = range(20_000, 30_000)


class MortalServer:
    """One embedded server. Everything it wrote to its folder outlives it."""

    def __init__(self, server: EmbeddedServer, folder: Path) -> None:
        server.port = lasting_port()
        self._server = server
        self._log = folder / f"{server.name}.log"
        # Inherited by the server and its children: whoever is alive holds it.
        self._life = folder / f"{server.name}.life"
        self._process: subprocess.Popen[bytes] | None = None
        self._frozen: list[int] = []

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def alive(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Start it on what is in its folder, and come back when it answers."""
        server = self._server
        server.prepare()
        life = FileLock(self._life)
        assert life.try_exclusive(), "the server is still alive"
        with self._log.open("ab") as log:
            self._process = server.quarters.start(
                server.command(server.port),
                log=log.fileno(),
                stdin=subprocess.PIPE,
                keep=(life.fileno(),),
            )
        life.release()
        assert self._process.stdin is not None
        self._process.stdin.write(server.standard_input(server.port))
        self._process.stdin.close()
        deadline = time.monotonic() + START_S
        while server.probe(server.port) is None:
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, f"{server.title} does not start"
            time.sleep(POLL_S)

    def kill(self) -> None:
        """Kill all of it, and come back when all of it is gone."""
        self._kill(())

    def freeze(self) -> None:
        """Stop it in the middle of what it does: connections stay, answers do not come."""
        self._stop(())

    def thaw(self) -> None:
        assert self._process is not None
        _send(signal.SIGCONT, self._frozen)
        self._process.send_signal(signal.SIGCONT)

    def settle(self) -> None:
        """Start it again if it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            self._kill(())
            self.start()

    def _stop(self, children: Iterable[int]) -> None:
        assert self._process is not None
        self._frozen = list(children)
        self._process.send_signal(signal.SIGSTOP)
        _send(signal.SIGSTOP, self._frozen)

    def _kill(self, children: Iterable[int]) -> None:
        if self._process is None:
            return
        self._process.kill()
        _send(signal.SIGKILL, children)
        self._process.wait()
        self._process = None
        deadline = time.monotonic() + GONE_S
        while is_held(self._life):
            assert time.monotonic() < deadline, f"{self._server.title} outlived its kill"
            time.sleep(POLL_S)


class MortalPostgres(MortalServer):
    """PostgreSQL is many processes; the first to go is the one that could start others."""

    def kill(self) -> None:
        self._kill(self._children() if self._process is not None else ())

    def freeze(self) -> None:
        self._stop(self._children())

    def execute(self, *statements: str) -> None:
        """Statements outside any transaction, by the owner of the cluster."""
        asyncio.run(self._ask(*statements))

    def _children(self) -> list[int]:
        rows = asyncio.run(self._ask("SELECT pid FROM pg_stat_activity"))
        return [row["pid"] for row in rows]

    async def _ask(self, *statements: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.url)
        try:
            answers = [await connection.fetch(statement) for statement in statements]
        finally:
            await connection.close()
        return answers[-1]


class MortalService:
    """Two processes of the service; whoever calls `start` is their supervisor."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        processes: int = 2,
        application: str = drop.APPLICATION,
        **environ: str,
    ) -> None:
        self._environ = drop.environment(settings, **environ)
        self._application = application
        self._folder = folder
        self._ports = [lasting_port() for _ in range(processes)]
        self._processes: dict[int, Child] = {}

    @property
    def urls(self) -> list[str]:
        """All addresses, of the dead too: callers find out."""
        return [self.url(place) for place in range(len(self._ports))]

    @property
    def living(self) -> list[str]:
        return [self.url(place) for place in sorted(self._processes)]

    def url(self, place: int) -> str:
        return f"http://127.0.0.1:{self._ports[place]}"

    async def start(self, *places: int) -> None:
        """Start these, or all; come back when they answer."""
        places = places or tuple(range(len(self._ports)))
        for place in places:
            with (self._folder / f"service-{place}.log").open("ab") as log:
                process = drop.start_process(
                    self._environ, self._ports[place], log=log, application=self._application
                )
            self._processes[place] = process
        await asyncio.gather(
            *(drop.ready(self._processes[place], self.url(place)) for place in places)
        )

    async def start_missing(self) -> None:
        """Start those that do not live."""
        missing = [place for place in range(len(self._ports)) if place not in self._processes]
        if missing:
            await self.start(*missing)

    def place_of(self, pid: int) -> int:
        """Which of them runs as that process."""
        [place] = [place for place, each in self._processes.items() if each.pid == pid]
        return place

    def kill(self, *places: int) -> None:
        """Kill these, or all."""
        for place in places or tuple(self._processes):
            process = self._processes.pop(place)
            process.kill()
            process.wait()

    def forget_complaints(self) -> None:
        for path in self._folder.glob("service-*.log"):
            os.truncate(path, 0)

    def complaints(self) -> str:
        """What the processes said that no operator should have to read: tracebacks."""
        said = [path.read_text() for path in sorted(self._folder.glob("service-*.log"))]
        return "\n".join(each for each in said if "Traceback" in each)


def lasting_port() -> int:
    """A free port of loopback that stays ours while nobody listens on it."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


def _send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
