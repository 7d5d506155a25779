"""The image's command; and who stands at the door of a busy process is let in within a few of its
turns."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import uvicorn

from app import serving as image
from app.embedded.deployment import Deployment
from app.embedded.schema import migrate
from app.serving import configured, ears
from tests.embedded.tiny_application import BUSY

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30
INSIDE, AT_THE_DOOR = 4, 64
REQUEST = f"GET {BUSY} HTTP/1.1\r\nHost: here\r\n\r\n".encode()
Listen = Callable[[socket.socket], list[socket.socket]]


def with_one_ear(listener: socket.socket) -> list[socket.socket]:
    return [listener]


@contextmanager
def serving(listen: Listen) -> Iterator[int]:
    """The tiny application in a thread; the port."""
    server = uvicorn.Server(configured("tests.embedded.tiny_application:app"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=(listen(listener),))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


class Caller:
    """One connection, and how often it was answered."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.answered = 0

    async def come_in(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self) -> None:
        self._writer.write(REQUEST)
        await self._reader.readuntil(b"done")
        self.answered += 1

    async def go_on(self) -> None:
        while True:
            await self.ask()

    async def leave(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def answers_until_all_are_in(port: int) -> int:
    """How often one who is inside is answered before the last who came to the door is."""
    inside = [Caller(port) for _ in range(INSIDE)]
    crowd = [Caller(port) for _ in range(AT_THE_DOOR)]
    for caller in inside:
        await caller.come_in()
        await caller.ask()
    before = inside[0].answered
    going_on = [asyncio.create_task(caller.go_on()) for caller in inside]
    await asyncio.gather(*(caller.come_in() for caller in crowd))
    await asyncio.gather(*(caller.ask() for caller in crowd))
    meanwhile = inside[0].answered - before
    for task in going_on:
        task.cancel()
    await asyncio.gather(*going_on, return_exceptions=True)
    for caller in [*inside, *crowd]:
        await caller.leave()
    return meanwhile


async def test_a_crowd_at_the_door_is_let_in_within_a_few_turns() -> None:
    with serving(ears) as port:
        assert await answers_until_all_are_in(port) <= AT_THE_DOOR // 4


async def test_the_control_with_one_ear_lets_in_one_a_turn() -> None:
    with serving(with_one_ear) as port:
        assert await answers_until_all_are_in(port) >= AT_THE_DOOR // 2


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def run_image(*, port: int, env: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    command = [sys.executable, "-m", image.__name__, "127.0.0.1", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("used_before")
def test_the_images_command_serves_until_it_is_told_to_stop(
    data_dir: Path, environ: dict[str, str]
) -> None:
    port, deadline = free_port(), time.monotonic() + PATIENCE_S
    with Deployment(data_dir, environ) as settings:
        migrate(settings)
        with run_image(port=port, env=settings) as process:
            health = None
            while health is None and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
                with suppress(httpx.TransportError):
                    health = httpx.get(f"http://127.0.0.1:{port}/healthz")
            assert health is not None
            assert health.status_code == 200
            process.send_signal(signal.SIGTERM)
            # uvicorn ends in good order, and then by the signal.
            assert process.wait(PATIENCE_S) == -signal.SIGTERM


def test_without_its_settings_it_does_not_start() -> None:
    with run_image(port=free_port(), env={}) as process:
        assert process.wait(PATIENCE_S) == 3
