"""The worker beside the web: one process that does what the outbox holds.

It is no part of being served: the web does not wait for it, and goes on without it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from app.embedded.interrupts import shielded
from app.embedded.progress import say

MODULE = "app.embedded.job_worker"
ROOT = Path(__file__).resolve().parents[2]
# One that dies is started again, later each time until one has lived for a while.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
LIVED_S = 60.0
# Longer than a worker takes to end, or to hand back, what is under way (a test compares).
END_S = 10.0


class JobWorker:
    """While the block runs, so does a worker, as long as somebody calls `look`; what it says goes
    to `output`, a file's number, or to where the launcher's does."""

    def __init__(
        self, settings: Mapping[str, str], *, module: str = MODULE, output: int | None = None
    ) -> None:
        self._settings = settings
        self._output = output
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = self._next_start_at = time.monotonic()
        self._pause_s = FIRST_PAUSE_S

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        with shielded(last_step=True):
            self._end(signal.SIGTERM, END_S)
            self._end(signal.SIGKILL, END_S)

    def look(self) -> None:
        """Replace it if it has died, when its pause is over."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            self._note_its_death(now - self._started_at, self._process.returncode)
            self._process = None
        if self._process is None and now >= self._next_start_at:
            self._start()

    def _start(self) -> None:
        with shielded():
            self._process = subprocess.Popen(  # noqa: S603 - a program of ours, arguments of ours
                [sys.executable, "-P", "-m", self._module, str(os.getpid())],
                env={**self._settings, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                # Ctrl-C in the terminal is the launcher's to handle.
                start_new_session=True,
            )
            self._started_at = time.monotonic()

    def _note_its_death(self, lived_s: float, code: int) -> None:
        if lived_s >= LIVED_S:
            self._pause_s = FIRST_PAUSE_S
        say(f"The job worker ended ({code}); another starts in {self._pause_s:g} s.")
        self._next_start_at = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _end(self, number: signal.Signals, patience_s: float) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience_s)
