"""A line a request on standard output, at the price that a rush allows.

A crowd is answered many times in one turn of the event loop; what that turn has to say is
written together, before the next one's work. structlog says everything else, at once, in the same
form; its way from a call to a line costs an eighth of a rush. docs/adr/0054-a-line-a-request.md.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from select import PIPE_BUF
from typing import Any

import structlog
from pydantic_core import to_json

_stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)


class Lines:
    """One a process. `is_on`: whether anybody wants them (`LOG_LEVEL`)."""

    def __init__(self) -> None:
        self.is_on = False
        self._gathered: list[bytes] = []
        self._written_by: asyncio.AbstractEventLoop | None = None

    def say(self, event: str, **facts: Any) -> None:
        """Within a turn of the event loop."""
        self._gathered.append(to_json(_stamp(None, "", {**facts, "event": event, "level": "info"})))
        loop = asyncio.get_running_loop()
        if self._written_by is not loop:
            self._written_by = loop
            loop.call_soon(self._write)

    def _write(self) -> None:
        self._written_by = None
        gathered, self._gathered = self._gathered, []
        output = structlog.BytesLogger(sys.stdout.buffer)
        for piece in _pieces(gathered):
            output.msg(piece)


def _pieces(lines: Sequence[bytes]) -> Iterator[bytes]:
    """The lines together, in pieces that a pipe of several processes takes whole."""
    piece = b""
    for line in lines:
        if piece and len(piece) + len(line) + 2 > PIPE_BUF:
            yield piece
            piece = b""
        piece = piece + b"\n" + line if piece else line
    if piece:
        yield piece
