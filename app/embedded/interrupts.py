"""Ctrl-C and SIGTERM: an orderly way out, and none in the middle of a step.

A server that was started but not yet written down would be nobody's to stop, so steps
like that are shielded: the signal counts after them.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class _Shield:
    def __init__(self) -> None:
        self.depth = 0
        self.pending = False

    def receive(self, _number: int, _frame: FrameType | None) -> None:
        if self.depth:
            self.pending = True
        else:
            raise KeyboardInterrupt


_shield = _Shield()


def listen() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into `KeyboardInterrupt`, for the main thread.

    One that is ignored already (`nohup`) stays ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _shield.receive)


def is_interrupted() -> bool:
    """Whether a signal is being held back: a long step may end early and in good order."""
    return _shield.pending


@contextmanager
def shielded(*, last_step: bool = False) -> Iterator[None]:
    """Hold signals back until the block is over; then raise `KeyboardInterrupt`.

    With `last_step` they are forgotten: the block was the way out already.
    """
    _shield.depth += 1
    try:
        yield
    finally:
        _shield.depth -= 1
        pending = _shield.pending and not _shield.depth
        if pending:
            _shield.pending = False
    if pending and not last_step:
        raise KeyboardInterrupt
