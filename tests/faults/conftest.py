"""Servers that a test may kill: a pair a worker, revived where a test leaves them dead."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.embedded.identity_provider import IdentityProvider
from app.platform.settings import Settings
from tests.conftest import empty
from tests.faults.mortal import MortalService
from tests.faults.rig import Rig, Servers, own_servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with own_servers() as servers:
        yield servers


@pytest.fixture
async def rig(
    servers: Servers, settings: Settings, identity_provider: IdentityProvider, tmp_path: Path
) -> AsyncIterator[Rig]:
    """Empty books and an empty turnstile; the service is not started yet."""
    own = servers.settings(settings)
    service = MortalService(own, tmp_path)
    await empty(own)
    yield Rig(own, servers.postgres, servers.valkey, service, identity_provider)
    service.kill()
    await asyncio.to_thread(servers.revive)
