"""Processes of a deployment that die where a test wants them to, and who starts them again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.settings import Settings
from tests import nursery
from tests.faults.boxes.door import FOLDER, SEEN
from tests.faults.mortal import lasting_port
from tests.nursery import Child
from tests.races import drop
from tests.shared.payments.shop import provider_environ

WEBS, WORKER = ("web-0", "web-1"), "worker"
POLL_S, GONE_S = 0.02, 20.0
# What a lease is there for, without waiting for its end: the worker that held it is dead.
LEASES_RUN_OUT = text("UPDATE job SET wait_until = now() WHERE state = 'leased'")


class Processes:
    """Two that serve and a worker, each by its name. Each is `process.py`."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        self.deaths: Counter[str] = Counter()
        self._ports = {name: lasting_port() for name in WEBS}
        self._children: dict[str, Child] = {}
        self._environ = drop.environment(
            settings, **provider_environ(settings), **{FOLDER: str(folder)}
        )

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports.values()]

    async def start(self, name: str) -> None:
        """It is on its way; callers find out when it is there."""
        port = [str(self._ports[name])] if name in self._ports else []
        with (self.folder / f"{name}.log").open("ab") as log:
            self._children[name] = await asyncio.to_thread(
                nursery.start, "tests.faults.boxes.process", *port, environ=self._environ, log=log
            )

    def kill(self, name: str) -> None:
        self._children[name].kill()

    async def end(self) -> None:
        """All of them, and nobody starts them again."""
        for child in self._children.values():
            child.kill()
        async with asyncio.timeout(GONE_S):
            while self._living:  # noqa: ASYNC110 (they end by themselves)
                await asyncio.sleep(POLL_S)
        self._children.clear()

    @asynccontextmanager
    async def supervised(self, engine: AsyncEngine, *names: str) -> AsyncIterator[None]:
        """These run, and whoever of them dies is started again, as long as the block lasts."""
        self.deaths.clear()
        for path in self.folder.iterdir():
            path.unlink()
        for name in names:
            await self.start(name)
        is_over = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_after(engine, is_over))
                try:
                    yield
                finally:
                    is_over.set()
        finally:
            await self.end()

    def ask_to_die(self, *steps: str) -> None:
        """Whoever comes to one of these is killed there; each once."""
        for step in steps:
            (self.folder / step).touch()

    def not_reached(self) -> set[str]:
        """Steps at which nobody has died yet."""
        return {path.name for path in self.folder.iterdir() if ": " in path.name}

    def seen(self) -> set[str]:
        """Steps that anybody came to."""
        return set((self.folder / SEEN).read_text().splitlines())

    def complaints(self) -> str:
        """What no operator should have to read: tracebacks."""
        logs = [path.read_text() for path in sorted(self.folder.glob("*.log"))]
        return "\n".join(each for each in logs if "Traceback" in each)

    async def _look_after(self, engine: AsyncEngine, is_over: asyncio.Event) -> None:
        # Not cancelled: a process that was being started would be nobody's.
        while not is_over.is_set():
            for name in self._children.keys() - self._living:
                self.deaths[name] += 1
                if name == WORKER:
                    async with engine.begin() as connection:
                        await connection.execute(LEASES_RUN_OUT)
                await self.start(name)
            await asyncio.sleep(POLL_S)

    @property
    def _living(self) -> set[str]:
        return {name for name, child in self._children.items() if child.poll() is None}
