"""The platform on the other side: a real HTTP server that checks signatures as the
specification tells receivers to (standardwebhooks.com), written from it and not from our code.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

# Receivers refuse what is older, so that nothing can be played again.
TOLERANCE_S = 300
SECRET = "whsec_" + base64.b64encode(b"receiver-secret-of-32-bytes-long").decode()


@dataclass(frozen=True)
class Received:
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


def is_signed(received: Received, secret: str) -> bool:
    """Base64 of HMAC-SHA256 of `id.timestamp.body`, among the header's `v1` signatures."""
    at = received.headers["webhook-timestamp"]
    if abs(time.time() - int(at)) > TOLERANCE_S:
        return False
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = f"{received.id}.{at}.".encode("ascii") + received.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = [each.split(",", 1) for each in received.headers["webhook-signature"].split(" ")]
    return any(
        version == "v1" and hmac.compare_digest(signature.encode(), expected)
        for version, signature in given
    )


@dataclass
class Receiver:
    """`answers`: what it says next, then 200. It waits for its gate before it says anything."""

    arrived: list[Received] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    def says(self, *statuses: int) -> None:
        self.answers = [f"HTTP/1.1 {each} Told\r\n".encode() for each in statuses]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            lines = [line.split(": ", 1) for line in head[1:] if line]
            headers = {name.lower(): value for name, value in lines}
            body = await reader.readexactly(int(headers["content-length"]))
            self.arrived.append(Received(head[0].split(" ")[1], headers, body))
            await self.gate.wait()
            first = self.answers.pop(0) if self.answers else b"HTTP/1.1 204 Taken\r\n"
            writer.write(first + b"Connection: close\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            # The caller has given up.
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """One that listens on loopback while the block lasts."""
    receiver = Receiver()
    receiver.gate.set()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/hooks/notices?from=union"
    try:
        yield receiver
    finally:
        receiver.gate.set()
        server.close()
