"""A small stage on the seeded edition, and a folder for deployments that the command makes."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.embedded.identity_provider import IdentityProvider
from app.embedded.seed import seed_edition
from app.platform.settings import Settings
from app.replay.stage import Stage
from app.routers.rooms import Rooms
from tests.replay.stages import stage


@pytest.fixture
async def small(
    rooms: Rooms, settings: Settings, identity_provider: IdentityProvider
) -> AsyncIterator[Stage]:
    await seed_edition(settings)
    async with stage(rooms, identity_provider, scale="0.002") as found:
        yield found


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary ones, that every user may pass."""
    found = Path(tempfile.mkdtemp(prefix="five-gift-packs-tests-"))
    found.chmod(0o711)
    yield found
    shutil.rmtree(found)
