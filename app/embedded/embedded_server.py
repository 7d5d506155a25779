"""What PostgreSQL and Valkey have in common: start, adopt, stop, and never two on one folder.

A server inherits the lock on `<name>.lock` and holds it while it lives, whatever becomes
of the process that started it. `deployment.json` tells which port it was given.
"""

import os
import re
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from app.embedded.data_folder import read_json, write_json
from app.embedded.errors import DeploymentError
from app.embedded.locks import FileLock, is_held
from app.embedded.progress import say
from app.embedded.quarters import Quarters

RECORD = "deployment.json"
POLL_S = 0.03
START_S = 90.0
ADOPT_S = 30.0
STOP_S = 20.0
PORT_TRIES = 5
LOG_BYTES = 10_000_000
PORT_TAKEN = "Address already in use"


class EmbeddedServer(ABC):
    """One server program of one data folder."""

    name: ClassVar[str]
    title: ClassVar[str]
    # An orderly stop first, a rude one if that takes too long.
    stop_signals: ClassVar[tuple[signal.Signals, signal.Signals]]

    def __init__(self, data_dir: Path, quarters: Quarters, password: str) -> None:
        self.quarters = quarters
        self.password = password
        self.port = 0
        self.folder = quarters.folder / self.name
        self._data_dir = data_dir
        self._lock_path = data_dir / f"{self.name}.lock"
        self._log_path = data_dir / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def prepare(self) -> None:
        """Make the server's folder ready for a start."""

    @abstractmethod
    def command(self, port: int) -> Sequence[str | Path]: ...

    @abstractmethod
    def standard_input(self, port: int) -> bytes: ...

    @abstractmethod
    def probe(self, port: int) -> int | None:
        """The process number of the server that answers there; None while none does.

        Raises `DeploymentError` (`stranger`) when it is not this one.
        """

    def stranger(self, port: int) -> DeploymentError:
        return DeploymentError(
            f"the {self.title} on port {port} is not the one of {self._data_dir}, or its "
            "secrets.json is: end that process, or put back the file that belongs to the data"
        )

    def ensure(self) -> None:
        """Adopt the server that runs on the folder, or start one."""
        if not (is_held(self._lock_path) and self._adopt()):
            self._start()

    def stop(self) -> None:
        """Stop it, and come back when it is gone."""
        for number in self.stop_signals:
            if not is_held(self._lock_path):
                break
            self._send(number)
            self._wait_until_gone()
        if self._process is not None:
            self._process.wait()
            self._process = None
        if is_held(self._lock_path):
            say(f"{self.title} (process {self._record().get('pid')}) does not stop")

    def _adopt(self) -> bool:
        record = self._record()
        port = record.get("port", 0)
        deadline = time.monotonic() + ADOPT_S
        while is_held(self._lock_path):
            pid = self.probe(port) if port else None
            if pid is not None:
                self._settle(port, pid)
                return True
            if time.monotonic() > deadline:
                raise DeploymentError(
                    f"{self.title} runs on {self._data_dir} but does not answer as ours: "
                    f"end its process ({record.get('pid', 'number unknown')}), then try again"
                )
            time.sleep(POLL_S)
        return False

    def _start(self) -> None:
        self.prepare()
        for _ in range(PORT_TRIES):
            port = _free_port()
            log_start = self._open_log()
            process = self._spawn(port)
            try:
                pid = self._wait_until_ready(port, process)
            except BaseException:
                _kill(process)
                raise
            if pid is not None:
                self._process = process
                self._settle(port, pid)
                return
            complaint = self._last_words(log_start)
            if PORT_TAKEN not in complaint:
                break
        raise DeploymentError(f"{self.title} does not start: {complaint}")

    def _spawn(self, port: int) -> "subprocess.Popen[bytes]":
        lock = FileLock(self._lock_path)
        if not lock.try_exclusive():
            raise DeploymentError(f"another {self.title} has just been started on {self._data_dir}")
        # Written before it runs, so that a launcher killed here leaves a server that is found.
        self._write_record({"port": port})
        try:
            with self._log_path.open("ab") as log:
                process = self.quarters.start(
                    self.command(port),
                    log=log.fileno(),
                    stdin=subprocess.PIPE,
                    keep=(lock.fileno(),),
                )
        finally:
            lock.release()
        self._write_record({"port": port, "pid": process.pid})
        self._feed(process, self.standard_input(port))
        return process

    @staticmethod
    def _feed(process: "subprocess.Popen[bytes]", content: bytes) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(content)
            process.stdin.close()
        except BrokenPipeError:
            return  # It has ended already; its log says why.

    def _wait_until_ready(self, port: int, process: "subprocess.Popen[bytes]") -> int | None:
        deadline = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < deadline:
            pid = self.probe(port)
            if pid is not None:
                return pid
            time.sleep(POLL_S)
        _kill(process)
        return None

    def _settle(self, port: int, pid: int) -> None:
        self.port = port
        self._write_record({"port": port, "pid": pid})

    def _send(self, number: signal.Signals) -> None:
        pid = self._record().get("pid")
        if isinstance(pid, int):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return

    def _wait_until_gone(self) -> None:
        deadline = time.monotonic() + STOP_S
        while is_held(self._lock_path) and time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()
            time.sleep(POLL_S)

    def _record(self) -> dict[str, int]:
        record = (read_json(self._data_dir / RECORD) or {}).get(self.name)
        return record if isinstance(record, dict) else {}

    def _write_record(self, record: dict[str, int]) -> None:
        path = self._data_dir / RECORD
        write_json(path, {**(read_json(path) or {}), self.name: record})

    def _open_log(self) -> int:
        if self._log_path.exists() and self._log_path.stat().st_size > LOG_BYTES:
            self._log_path.replace(self._log_path.with_suffix(".log.1"))
        self._log_path.touch(mode=0o600)
        return self._log_path.stat().st_size

    def _last_words(self, log_start: int) -> str:
        with self._log_path.open("rb") as log:
            log.seek(log_start)
            lines = log.read().decode(errors="replace").splitlines()
        if any(PORT_TAKEN in line for line in lines):
            return PORT_TAKEN
        # Our own early knocks are answered with a FATAL that explains nothing.
        fatal = [line for line in lines if re.search("FATAL|PANIC", line) and "start" not in line]
        telling = fatal or lines
        return telling[-1].strip() if telling else f"it ended without a word; see {self._log_path}"


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
