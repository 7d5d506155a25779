"""Locks on files, which the kernel gives back however their holder ends.

A child that inherits the descriptor holds the lock too. That is how a server that outlived
its launcher is told from one that is gone, without trusting a process number.
"""

import fcntl
import os
import time
from pathlib import Path

from app.embedded.progress import say

POLL_S = 0.05
PATIENCE_S = 1.0


class FileLock:
    """An `flock` on a file of its own. Not inherited unless `fileno()` is passed on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def fileno(self) -> int:
        if self._fd < 0:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._fd

    def try_exclusive(self, patience_s: float = 0.0) -> bool:
        """Take it alone if nobody else holds it. A shared hold of our own is turned, or lost."""
        deadline = time.monotonic() + patience_s
        while not self._try(fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        return True

    def try_shared(self) -> bool:
        """Hold it together with others unless somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.fileno(), kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait_exclusive(self, waiting: str) -> None:
        """Take it alone, and say `waiting` if that lasts."""
        if not self.try_exclusive(PATIENCE_S):
            say(waiting)
            self.try_exclusive(float("inf"))

    def release(self) -> None:
        """Let go. A child that inherited it holds on."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock on `path` alone now."""
    lock = FileLock(path)
    try:
        return path.exists() and not lock.try_shared()
    finally:
        lock.release()
