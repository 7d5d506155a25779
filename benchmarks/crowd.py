"""Sends prepared requests from processes of their own and waits for what they heard."""

import pickle
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

from benchmarks.load import Heard, Load

LONGEST_S = 600


def request(
    method: str, url: str, token: str, *, key: str | None = None, body: bytes = b""
) -> bytes:
    """One HTTP/1.1 request as an app or a till sends it."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Authorization: Bearer {token}",
        "Accept: application/json",
        "Accept-Language: zh-CN",
    ]
    if key is not None:
        lines.append(f'Idempotency-Key: "{key}"')
    if body:
        lines.append("Content-Type: application/json")
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def send(
    url: str,
    requests: Sequence[bytes],
    *,
    connections: int,
    rate: float | None = None,
    processes: int = 1,
) -> Heard:
    """All of them, spread over the processes; what they heard together."""
    parts = urlsplit(url)
    loads = [
        Load(
            parts.hostname or "",
            parts.port or 80,
            list(requests[place::processes]),
            max(1, connections // processes),
            rate / processes if rate else None,
        )
        for place in range(processes)
    ]
    started = [_start() for _ in loads]
    for process, load in zip(started, loads, strict=True):
        assert process.stdin is not None
        pickle.dump(load, process.stdin)
        process.stdin.close()
    heard = Heard()
    for process in started:
        heard = heard.join(_hear(process))
    return heard


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "benchmarks.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _hear(process: subprocess.Popen[bytes]) -> Heard:
    assert process.stdout is not None
    elapsed_s, latencies, last_s = pickle.loads(process.stdout.read())
    if process.wait(LONGEST_S):
        raise RuntimeError("the crowd came to grief; see above")
    return Heard(elapsed_s, defaultdict(list, latencies), last_s)
