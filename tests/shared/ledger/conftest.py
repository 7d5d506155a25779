"""The room alone: its rows, its seals, and a hand that may touch them as a superuser could."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.platform.settings import Settings
from app.routers.rooms import Rooms
from tests.conftest import migrate, recreate_database
from tests.shared.ledger.rig import Ledger


@pytest.fixture
def ledger(rooms: Rooms) -> Ledger:
    return Ledger(rooms.engine)


@pytest.fixture
async def unguarded(settings: Settings, worker: int) -> AsyncIterator[Ledger]:
    """The ledger of a database of its own, for a control to take its guards away."""
    server = make_url(str(settings.database_url))
    url = server.set(database=f"unguarded_ledger_{worker}")
    await asyncio.to_thread(recreate_database, server, str(url.database))
    await asyncio.to_thread(migrate, url)
    engine = create_async_engine(url)
    yield Ledger(engine)
    await engine.dispose()
