"""What goes over the wire to PostgreSQL, counted as it passes; nothing is changed."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Watch:
    """Flushes of one engine: how many, with how many presses, and how many at the same time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.presses_per_flush: list[int] = []
        self.most_at_once = 0
        self.loads = 0
        self._inside: set[int] = set()
        event.listen(engine.sync_engine, "before_cursor_execute", self._before)
        event.listen(engine.sync_engine, "commit", self._end)
        event.listen(engine.sync_engine, "rollback", self._end)

    @property
    def presses(self) -> int:
        return sum(self.presses_per_flush)

    def _before(
        self, connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> None:
        if "stock_flush" in statement:
            self.presses_per_flush.append(len(parameters[1]))
            self._inside.add(id(connection))
            self.most_at_once = max(self.most_at_once, len(self._inside))
        elif "stock_line" in statement:
            self.loads += 1

    def _end(self, connection: Any) -> None:
        self._inside.discard(id(connection))
