"""The room alone: its rows, its seals, and a hand that may touch them as a superuser could."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from app.platform.settings import Settings
from app.routers.rooms import Rooms
from tests.conftest import own_database
from tests.shared.ledger.rig import Ledger


@pytest.fixture
def ledger(rooms: Rooms) -> Ledger:
    return Ledger(rooms.engine)


@pytest.fixture
async def unguarded(settings: Settings) -> AsyncIterator[Ledger]:
    """The ledger of a database of its own, for a control to take its guards away."""
    own = await own_database(settings, "unguarded_ledger")
    engine = create_async_engine(str(own.database_url))
    yield Ledger(engine)
    await engine.dispose()
