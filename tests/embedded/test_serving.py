"""Who stands at the door of a busy process is let in within a few of its turns."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from app.serving import configured, ears
from tests.embedded.tiny_application import BUSY

pytestmark = pytest.mark.anyio

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
