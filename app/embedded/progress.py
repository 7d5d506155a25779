"""What the person at the keyboard reads.

Standard output belongs to answers, so that `TOKEN=$(./run token …)` works; everything
else goes to standard error.
"""

import sys


def say(line: str) -> None:
    """A step of progress."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def answer(line: str) -> None:
    """What the command was asked for."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Bar:
    """How far a long step has come, where there is a terminal: a line that is written over.

    Plain, because the image for production has no library that draws one.
    """

    WIDTH = 40

    def __init__(self, total: int, unit: str) -> None:
        self._total, self._unit, self._done = total, unit, 0
        self._shown = sys.stderr.isatty()

    def advance(self, count: int) -> None:
        # More may come in while the step is under way.
        self._done += count
        self._total = max(self._total, self._done)
        if self._shown:
            filled = self.WIDTH * self._done // max(self._total, 1)
            bar = "#" * filled + "." * (self.WIDTH - filled)
            sys.stderr.write(f"\r[{bar}] {self._done}/{self._total} {self._unit}")
            sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
