"""Small stages, with the seeded edition and without, and a folder for deployments that the
command makes."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from app.embedded.identity_provider import IdentityProvider
from app.embedded.seed import seed_edition
from app.models.states import Role
from app.platform.settings import Settings
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.routers.rooms import Rooms
from app.schemas.seed_ids import FIRST_MEMBER_NO
from tests.consulting import Consulting
from tests.factories import Factory
from tests.replay.scripted import Script, troupe_on
from tests.replay.stages import stage


@pytest.fixture
async def small(
    rooms: Rooms, settings: Settings, identity_provider: IdentityProvider
) -> AsyncIterator[Stage]:
    await seed_edition(settings)
    async with stage(rooms, identity_provider, scale="0.002") as found:
        yield found


@pytest.fixture
async def hall(
    rooms: Rooms, make: Factory, identity_provider: IdentityProvider
) -> AsyncIterator[Stage]:
    """A stage with no more of the edition than a campaign, an account a role and one member: for
    plays that bring their own people."""
    await furnish(make)
    async with stage(rooms, identity_provider, scale="0.002") as found:
        yield found


async def furnish(make: Factory) -> None:
    await make.campaign()
    await make.member(member_no=FIRST_MEMBER_NO)
    for role in Role:
        await make.staff(role, name=role)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def troupe(script: Script) -> Troupe:
    return troupe_on(script)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary ones, that every user may pass."""
    found = Path(tempfile.mkdtemp(prefix="five-gift-packs-tests-"))
    found.chmod(0o711)
    yield found
    shutil.rmtree(found)


@pytest.fixture
def consulting(client: httpx.AsyncClient, make: Factory) -> Consulting:
    return Consulting(client, make)
