"""Processes of the service, forked from one that has loaded it already.

To load it takes four seconds of a processor, and a race needs several. Each is a process of its
own all the same: with its own memory, environment and connections, and killed like any other.
"""

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

import httpx

from app.main import app
from tests.refusals import NOTING

ROOT = Path(__file__).parents[1]
LOADED = ("app.worker", "uvicorn", "uvloop", "httptools", "tests.faults.stops")
CHUNK = 1 << 18
LOOK_S = 0.01


class Child:
    """As `subprocess.Popen` has it."""

    def __init__(self, line: socket.socket) -> None:
        # It tells the number as soon as the process is there, the exit code when it is gone.
        self._line = line
        self.pid = int(line.recv(CHUNK))
        self.returncode: int | None = None
        line.setblocking(False)

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self.returncode = int(self._line.recv(CHUNK))
            self._line.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(LOOK_S)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    module: str, *arguments: str, environ: Mapping[str, str], log: IO[bytes] | None = None
) -> Child:
    """`python -m module arguments`; what it says goes to `log`, or where the test's words go."""
    mine, other = socket.socketpair()
    with other:
        order = json.dumps([module, arguments, dict(environ)]).encode()
        outs = [1, 2] if log is None else [log.fileno()] * 2
        socket.send_fds(_door(), [order], [*outs, other.fileno()])
    return Child(mine)


@cache
def _door() -> socket.socket:
    """Of the one process that others are forked from. It goes when the door is closed."""
    mine, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    mine.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CHUNK)
    command = [sys.executable, "-m", __name__, str(other.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[other.fileno()])
    other.close()

    def close() -> None:
        mine.close()
        process.wait(10)

    atexit.register(close)
    return mine


class _Nursery:
    """Forks whatever is ordered, until nobody can order any more."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._lines: dict[int, socket.socket] = {}
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)

    def run(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken.fileno())
        while True:
            ready, _, _ = select.select([self._door, self._wake], [], [])
            if self._wake in ready:
                self._wake.recv(CHUNK)
                self._bury()
            if self._door in ready:
                order, files, _, _ = socket.recv_fds(self._door, CHUNK, 3)
                if not order:
                    break
                self._fork(order, files)
        for pid in self._lines:
            os.kill(pid, signal.SIGKILL)

    def _fork(self, order: bytes, files: Sequence[int]) -> None:
        pid = os.fork()
        if not pid:
            _live(order, files)
        for file in files[:-1]:
            os.close(file)
        self._lines[pid] = socket.socket(fileno=files[-1])
        self._lines[pid].send(str(pid).encode())

    def _bury(self) -> None:
        while self._lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            line = self._lines.pop(pid)
            # Whoever started it may not care any more.
            with line, contextlib.suppress(BrokenPipeError):
                line.send(str(os.waitstatus_to_exitcode(status)).encode())


def _live(order: bytes, files: Sequence[int]) -> None:
    """In the child: as a fresh Python would. Never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, file in zip((1, 2), files, strict=False):
            os.dup2(file, number)
        os.closerange(3, 4096)
        module, arguments, environ = json.loads(order)
        os.environ.clear()
        os.environ.update(environ)
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except BaseException:  # noqa: BLE001 - whatever it was, a Python of its own would end of it
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


async def warm_up() -> None:
    """The first request of a process takes a second of its processor: once for all of them."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, event_hooks=NOTING) as client:
        await client.get("http://test/healthz")


def main() -> None:
    for module in LOADED:
        importlib.import_module(module)
    asyncio.run(warm_up())
    gc.collect()
    gc.freeze()
    _Nursery(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
