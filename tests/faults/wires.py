"""A way to a server of loopback that can be cut while both its ends live."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

A = TypeVar("A")


class Wire:
    """Passes bytes on, in a thread of its own. `cut`: what is open breaks off, and whoever
    calls is refused, until `mend`. A call whose first piece holds the words `held` goes no
    further, nor does anything after it on its connection, and `holds` is set."""

    def __init__(self, server_port: int, held: bytes | None = None) -> None:
        self.port = 0
        self.holds = threading.Event()
        self._held = held
        self._server_port = server_port
        self._ends: set[_End] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.mend()

    def cut(self) -> None:
        self._do(self._cut())

    def mend(self) -> None:
        self._do(self._listen())

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        self._listener = await self._loop.create_server(
            lambda: _End(self._ends, self._server_port, self._passes), "127.0.0.1", self.port
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    def _passes(self, data: bytes) -> bool:
        if self._held is not None and self._held in data:
            self.holds.set()
            return False
        return True

    async def _cut(self) -> None:
        self._listener.close()
        for end in list(self._ends):
            end.abort()
        # What they say to the loop when they are gone.
        await asyncio.sleep(0)
        await asyncio.gather(*(end.passing for end in self._ends), return_exceptions=True)

    def _do(self, work: Coroutine[Any, Any, A]) -> A:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class _End(asyncio.Protocol):
    """One end of one connection; `other` is the end at the server."""

    def __init__(
        self,
        ends: set["_End"],
        server_port: int | None = None,
        passes: Callable[[bytes], bool] = lambda _: True,
    ) -> None:
        self._ends, self._server_port, self._passes = ends, server_port, passes
        self.other: _End | None = None
        self.passing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.passing.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._ends.add(self)
        if self._server_port is not None:
            self.transport.pause_reading()
            self.passing = asyncio.ensure_future(self._reach(self._server_port))

    def data_received(self, data: bytes) -> None:
        if not self._passes(data):
            self.transport.pause_reading()
        elif self.other is not None:
            self.other.transport.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._ends.discard(self)
        if self.other is not None:
            self.other.transport.close()

    def abort(self) -> None:
        self.transport.abort()

    async def _reach(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, other = await loop.create_connection(lambda: _End(self._ends), "127.0.0.1", port)
        except OSError:
            self.abort()
            return
        self.other, other.other = other, self
        if self.transport.is_closing():
            other.abort()
        else:
            self.transport.resume_reading()


@contextmanager
def wire(server_port: int, held: bytes | None = None) -> Iterator[Wire]:
    found = Wire(server_port, held)
    try:
        yield found
    finally:
        found.close()
