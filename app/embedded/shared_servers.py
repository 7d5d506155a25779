"""The servers of a data folder, used by any number of commands at once.

Everybody who uses them holds `users.lock` together; whoever leaves last can take it alone,
and stops them. Starting and stopping happen under `deployment.lock`, one at a time. The
kernel gives both back when a process is killed; its servers live on, and the next command
adopts them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from app.embedded.embedded_server import EmbeddedServer
from app.embedded.interrupts import shielded
from app.embedded.locks import FileLock


class SharedServers:
    """While the block runs, every one of `servers` does. Raises `DeploymentError`."""

    def __init__(self, data_dir: Path, servers: Sequence[EmbeddedServer]) -> None:
        self._data_dir = data_dir
        self._gate = FileLock(data_dir / "deployment.lock")
        self._users = FileLock(data_dir / "users.lock")
        self._servers = servers
        self._ours: list[EmbeddedServer] = []

    def __enter__(self) -> Self:
        self._wait_at_the_gate()
        try:
            with shielded():
                # Nobody holds it alone outside the gate, so this cannot fail.
                self._users.try_shared()
                for server in self._servers:
                    server.ensure()
                    self._ours.append(server)
                self._gate.release()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with shielded(last_step=True):
            self._wait_at_the_gate()
            if self._users.try_exclusive():
                self._stop()
            self._users.release()
            self._gate.release()

    def _wait_at_the_gate(self) -> None:
        self._gate.wait_exclusive(
            f"Another command is starting or stopping the servers of {self._data_dir}; waiting ..."
        )

    def _stop(self) -> None:
        # One that was refused is not in here: it is not ours to stop.
        for server in reversed(self._ours):
            server.stop()
