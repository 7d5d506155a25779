"""A drop as it happens: several server processes, many members, everybody pressing at once.

The processes are real, the presses go over HTTP on loopback, and what is counted
is what the callers saw.
"""

import asyncio
import os
import socket
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import IO
from uuid import UUID

import httpx

from app.embedded.binaries import find_binaries
from app.platform.settings import Settings
from tests import nursery
from tests.factories import auth
from tests.nursery import Child
from tests.refusals import NOTING

APPLICATION = "app.main:app"
# Several at once, beside whatever else the machine does.
START_S = 60
CONNECTIONS = 48
ATTEMPTS = 10


@dataclass
class Seen:
    """What the callers were answered."""

    vouchers: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    by_member: Counter[str] = field(default_factory=Counter)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """What a process of the service needs to run beside the test."""
    return {
        **os.environ,
        "ENVIRONMENT": "test",
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "MEMBER_ISSUER": settings.member_issuer,
        "MEMBER_JWKS_URL": settings.member_jwks_url,
        "LOG_LEVEL": "WARNING",
        **more,
    }


def start_process(
    environ: dict[str, str],
    port: int,
    *,
    log: IO[bytes] | None = None,
    application: str = APPLICATION,
) -> Child:
    """One process of the service; what it says goes to `log`, or where the test's words go."""
    options = ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    return nursery.start("uvicorn", application, *options, environ=environ, log=log)


@asynccontextmanager
async def service(
    settings: Settings, *, processes: int = 2, first_port: int | None = None, **environ: str
) -> AsyncIterator[list[str]]:
    """That many processes of the service; answers their addresses. `first_port`: of the first,
    where somebody has to know it beforehand."""
    started = []
    try:
        for number in range(processes):
            port = free_port() if number or first_port is None else first_port
            process = start_process(environment(settings, **environ), port)
            started.append((process, f"http://127.0.0.1:{port}"))
        await asyncio.gather(*(ready(process, url) for process, url in started))
        yield [url for _, url in started]
    finally:
        for process, _ in started:
            process.terminate()
        for process, _ in started:
            process.wait(10)


async def press_all(
    urls: Sequence[str],
    batch_id: UUID,
    tokens: Sequence[str],
    *,
    presses: int,
    halfway: Callable[[], None] | None = None,
) -> Seen:
    """Every member presses that many times with fresh keys, all at once, over all processes.

    `halfway` is called when half of the presses are answered.
    """
    seen = Seen()
    work = [(token, f"{number}-{token[-24:]}") for token in tokens for number in range(presses)]
    total, pending = len(work), iter(enumerate(work))

    async def caller(client: httpx.AsyncClient) -> None:
        for place, (token, key) in pending:
            url = urls[place % len(urls)]
            answer = await until_answered(
                partial(
                    client.post,
                    f"{url}/v1/breakfast/batches/{batch_id}/claims",
                    headers=auth(token, key),
                )
            )
            body = answer.json()
            seen.answers["201" if answer.status_code == 201 else body["code"]] += 1
            if answer.status_code == 201:
                seen.vouchers[body["id"]] = token
                seen.by_member[token] += 1
            if halfway is not None and sum(seen.answers.values()) == total // 2:
                halfway()

    # A few clients of few connections each: one large pool is slower than the service.
    clients = [httpx.AsyncClient(timeout=10, event_hooks=NOTING) for _ in range(4)]
    try:
        async with asyncio.TaskGroup() as group:
            for place in range(CONNECTIONS):
                group.create_task(caller(clients[place % len(clients)]))
    finally:
        for client in clients:
            await client.aclose()
    return seen


async def until_answered(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """As an app or a till would: a lost answer and "not now" are asked for again, as they were."""
    for _ in range(ATTEMPTS):
        try:
            answer = await ask()
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError):
            continue
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    raise TimeoutError("the service never came to answer")


async def ready(process: Child, url: str) -> None:
    """Wait until the process answers."""
    async with httpx.AsyncClient(event_hooks=NOTING) as client, asyncio.timeout(START_S):
        while True:
            assert process.poll() is None, "the service did not start"
            try:
                if (await client.get(f"{url}/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


@contextmanager
def own_valkey() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Valkey that a test may kill, and its address."""
    port = free_port()
    program = find_binaries({}).valkey
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"]
    )
    try:
        _await_port(port)
        yield process, f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def _await_port(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("Valkey did not start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
