"""A wire to PostgreSQL that can break at the worst moment: after the commit, before its answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

COMMIT = b"COMMIT"


class Wire:
    """Passes bytes on. Breaks on the next `lose` commits, which the server has carried out."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.lose = 0
        self.lost = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._server)
        breaking = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as both:
                forth = both.create_task(self._forth(reader, to_server, breaking))
                back = both.create_task(_back(from_server, writer, breaking))
                await asyncio.wait((forth, back), return_when=asyncio.FIRST_COMPLETED)
                forth.cancel()
                back.cancel()
        finally:
            for each in (to_server, writer):
                each.close()

    async def _forth(
        self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, breaking: asyncio.Event
    ) -> None:
        while data := await reader.read(65_536):
            if self.lose and COMMIT in data:
                self.lose -= 1
                self.lost += 1
                breaking.set()
            to_server.write(data)
            await to_server.drain()


async def _back(
    from_server: asyncio.StreamReader, writer: asyncio.StreamWriter, breaking: asyncio.Event
) -> None:
    while data := await from_server.read(65_536):
        if breaking.is_set():
            # The commit is done: this is its answer, and nobody hears it.
            return
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def wire(host: str, port: int) -> AsyncIterator[tuple[Wire, int]]:
    """The wire, and the port of loopback where it begins."""
    found = Wire(host, port)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    try:
        yield found, server.sockets[0].getsockname()[1]
    finally:
        server.close()
