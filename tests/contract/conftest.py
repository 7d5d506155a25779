"""One deployment a module: seeded, served by a process of its own, spoken to over HTTP."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from app.embedded.identity_provider import IdentityProvider
from app.platform.settings import Settings
from tests.contract.served import Served
from tests.contract.world import opened
from tests.races.drop import service


@pytest.fixture(scope="module")
def served(settings: Settings, identity_provider: IdentityProvider) -> Iterator[Served]:
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(opened(settings, identity_provider)) as world,
        portal.wrap_async_context_manager(service(settings, processes=1)) as (url,),
        Served(url, world, portal) as served,
    ):
        yield served
