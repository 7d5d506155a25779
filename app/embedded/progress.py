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
