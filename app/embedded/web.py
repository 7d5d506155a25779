"""The web workers: started, watched, restarted, and stopped in good order.

Every worker has a listening socket of its own where the kernel spreads connections over
them (Linux, `SO_REUSEPORT`): on one shared socket, whichever worker wakes first takes
nearly all of a burst, and keep-alive connections stay where they are.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from select import select
from typing import Self

from app.embedded.errors import DeploymentError
from app.embedded.interrupts import shielded
from app.embedded.progress import say
from app.serving import APPLICATION, FINISH_S

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
POLL_S = 0.1
DEATHS = 5
DEATHS_WITHIN_S = 60.0


class Port:
    """An address taken for the web workers; not listening yet, so nobody waits in vain."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        try:
            self._holder = _bind(host, port)
        except OSError as error:
            raise DeploymentError(_why_not(host, port, error)) from error
        self.number: int = self._holder.getsockname()[1]

    @property
    def url(self) -> str:
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
        host = anywhere.get(self._host, self._host)
        return f"http://[{host}]:{self.number}" if ":" in host else f"http://{host}:{self.number}"

    def listeners(self, count: int) -> list[socket.socket]:
        """One socket a worker; where they cannot each have one, the same for all."""
        if count == 1 or sys.platform != "linux":
            return [self._holder] * count
        # Only now: until here the address is ours alone, which a second deployment on the
        # same port must notice.
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return [_bind(self._host, self.number, shared=True) for _ in range(count)]

    def close(self) -> None:
        self._holder.close()


class Worker:
    """One worker process on its socket."""

    def __init__(
        self,
        application: str,
        listener: socket.socket,
        settings: Mapping[str, str],
        output: int | None = None,
    ):
        self.listener = listener
        self.is_ready = False
        self._ready, theirs = os.pipe()
        arguments = [application, listener.fileno(), theirs, os.getpid()]
        self.process = subprocess.Popen(  # noqa: S603 - a program of ours, arguments of ours
            [sys.executable, "-P", "-m", "app.embedded.web_worker", *map(str, arguments)],
            env={**settings, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            pass_fds=(listener.fileno(), theirs),
            # Ctrl-C in the terminal is the launcher's to handle.
            start_new_session=True,
        )
        os.close(theirs)

    def check(self) -> None:
        """Notice whether it has become ready."""
        if not self.is_ready and select([self._ready], [], [], 0)[0]:
            self.is_ready = os.read(self._ready, 1) != b""

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.is_alive:
            self.process.send_signal(number)

    def close(self) -> None:
        os.close(self._ready)


class Web:
    """While the block runs, `count` workers serve on `port`; what they say goes to `output`, a
    file's number, or to where the launcher's does. Raises `DeploymentError`."""

    def __init__(
        self,
        settings: Mapping[str, str],
        port: Port,
        *,
        count: int = 1,
        application: str = APPLICATION,
        output: int | None = None,
    ) -> None:
        self._settings = settings
        self._port = port
        self._count = count
        self._application = application
        self._output = output
        self._listeners: list[socket.socket] = []
        self._workers: list[Worker] = []
        self._deaths: list[float] = []

    def __enter__(self) -> Self:
        try:
            with shielded():
                self._listeners = self._port.listeners(self._count)
                self._workers = [self._start(listener) for listener in self._listeners]
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with shielded(last_step=True):
            # First, so that nobody new is let in behind those who are being served.
            for listener in self._listeners:
                listener.close()
            self._port.close()
            for worker in self._workers:
                worker.close()
            self._end(signal.SIGTERM, FINISH_S + 2)
            self._end(signal.SIGKILL, FINISH_S)

    @property
    def pids(self) -> list[int]:
        """The worker processes."""
        return [worker.process.pid for worker in self._workers]

    def watch(self, *beside: Callable[[], None]) -> None:
        """Keep the workers alive until interrupted, and look at what runs beside them.

        Raises when they keep dying.
        """
        while True:
            self._replace_the_dead()
            for look in beside:
                look()
            time.sleep(POLL_S)

    def _start(self, listener: socket.socket) -> Worker:
        return Worker(self._application, listener, self._settings, self._output)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while not all(worker.is_ready for worker in self._workers):
            if time.monotonic() > deadline:
                raise DeploymentError(f"the application did not start within {START_S:.0f} s")
            for worker in self._workers:
                worker.check()
                if not worker.is_alive:
                    raise DeploymentError("the application does not start (see above)")
            time.sleep(POLL_S / 4)

    def _replace_the_dead(self) -> None:
        for place, worker in enumerate(self._workers):
            if worker.is_alive:
                continue
            say(f"A worker ended ({worker.process.returncode}); starting another.")
            self._count_a_death()
            with shielded():
                worker.close()
                self._workers[place] = self._start(worker.listener)

    def _count_a_death(self) -> None:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < DEATHS_WITHIN_S] + [now]
        if len(self._deaths) > DEATHS:
            raise DeploymentError(f"{DEATHS} workers have died within a minute")

    def _end(self, number: signal.Signals, patience_s: float) -> None:
        for worker in self._workers:
            worker.signal(number)
        deadline = time.monotonic() + patience_s
        for worker in self._workers:
            with suppress(subprocess.TimeoutExpired):
                worker.process.wait(max(0.0, deadline - time.monotonic()))


def _bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if "in use" in str(error):
        return f"port {port} is taken: name another with --port, or --port 0 for a free one"
    return f"cannot listen on {host}:{port}: {error.strerror}"
