"""A line a request on standard output, at the price that a rush allows.

A crowd is answered many times in one turn of the event loop; what that turn has to say is
written once, at its end. structlog says everything else, at once, in the same form.
"""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json


class Lines:
    """One a process. `is_on`: whether anybody wants them (`LOG_LEVEL`)."""

    def __init__(self) -> None:
        self.is_on = False
        self._gathered: list[bytes] = []
        self._written_by: asyncio.AbstractEventLoop | None = None

    def say(self, event: str, **facts: Any) -> None:
        """Within a turn of the event loop."""
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self._gathered.append(to_json({**facts, "event": event, "level": "info", "timestamp": at}))
        loop = asyncio.get_running_loop()
        if self._written_by is not loop:
            self._written_by = loop
            loop.call_soon(self._write)

    def _write(self) -> None:
        self._written_by = None
        gathered, self._gathered = self._gathered, []
        sys.stdout.buffer.write(b"".join(line + b"\n" for line in gathered))
        sys.stdout.buffer.flush()
