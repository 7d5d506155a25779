"""The pools of connections, kept from one test to the next with the loop that they live on.

A new connection reads about each of some hundred tables first, and each statement is compiled
and prepared anew on it: that was more than a third of a test of the service.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.db import create_engine
from app.platform.settings import Settings


class _Pool:
    """A kept engine, and how often it was lent."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self._loans = engine, 0
        event.listen(engine.sync_engine, "checkout", self._look)

    def lend(self) -> AsyncEngine:
        self._loans += 1
        return _Lent(self.engine.sync_engine.execution_options())

    def _look(self, connection: Any, record: Any, _: Any) -> None:
        """A test before this one may have ended connections: they are replaced. What is lost
        from here on is this test's own matter."""
        if record.info.get("loan") != self._loans:
            record.info["loan"] = self._loans
            if connection.driver_connection.is_closed():
                raise DisconnectionError


class _Lent(AsyncEngine):
    """Listeners that a test adds go with it; what it has borrowed must be back by then."""

    async def dispose(self, close: bool = True) -> None:
        assert not self.pool.checkedout(), "a connection was not given back"


_kept: dict[tuple[Any, ...], _Pool] = {}


def lend(settings: Settings, **options: Any) -> AsyncEngine:
    """As `create_engine` makes it, but one for all tests of this process."""
    key = (str(settings.database_url), *sorted(options.items()))
    if key not in _kept:
        _kept[key] = _Pool(create_engine(settings, **options))
    return _kept[key].lend()


async def close() -> None:
    """After all tests, on their loop."""
    for pool in _kept.values():
        await pool.engine.dispose()
    _kept.clear()
