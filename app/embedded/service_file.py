"""`serve.json` in the data folder: where the deployment is being served, for other commands."""

import os
from pathlib import Path
from typing import Self

from app.embedded.data_folder import read_json, write_json
from app.embedded.errors import DeploymentError
from app.embedded.locks import FileLock, is_held

FILE = "serve.json"
LOCK = "serve.lock"
PATIENCE_S = 0.3


class ServiceFile:
    """The right to serve a data folder: one process at a time has it.

    Raises `DeploymentError` that says where the other one serves.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = FileLock(data_dir / LOCK)

    def __enter__(self) -> Self:
        # Patient, as whoever asks whether it is served holds the lock for an instant.
        if not self._lock.try_exclusive(PATIENCE_S):
            self._lock.release()
            where = served_url(self._data_dir)
            state = f"is served already, at {where}" if where else "is being started already"
            raise DeploymentError(f"{self._data_dir} {state}")
        # One that was left behind by a killed process.
        (self._data_dir / FILE).unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        (self._data_dir / FILE).unlink(missing_ok=True)
        self._lock.release()

    def announce(self, url: str) -> None:
        """Say where it is served, from now on."""
        write_json(self._data_dir / FILE, {"url": url, "pid": os.getpid()})


def served_url(data_dir: Path) -> str | None:
    """Where the folder's deployment is served now, or None."""
    if not is_held(data_dir / LOCK):
        return None
    url = (read_json(data_dir / FILE) or {}).get("url")
    return url if isinstance(url, str) else None
