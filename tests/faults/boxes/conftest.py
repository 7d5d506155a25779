"""The provider's sandbox, processes that may be killed, and a shop on empty books."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.embedded.identity_provider import IdentityProvider
from app.embedded.wechat_pay import Sandbox
from app.main import open_rooms
from app.models.states import Role
from app.platform.settings import Settings
from tests.conftest import empty
from tests.factories import Factory
from tests.faults.boxes import rush, ways
from tests.faults.boxes.processes import WEBS, WORKER, Processes
from tests.faults.boxes.shop import BoxShop
from tests.faults.callers import callers
from tests.refusals import NOTING
from tests.shared.payments.conftest import provider, sandbox, settings

__all__ = ["provider", "sandbox", "settings"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_whole = metafunc.config.getoption("--matrix", default=False)
    if "killed_at" in metafunc.fixturenames:
        cells = [(way, way.worst) for way in ways.WAYS]
        if is_whole:
            cells = [(way, way.steps) for way in ways.WAYS]
            cells += [(way, (step,)) for way in ways.WAYS for step in (*way.steps, *way.alone)]
        names = [f"{way}, {steps[0] if len(steps) == 1 else len(steps)}" for way, steps in cells]
        metafunc.parametrize(("way", "killed_at"), cells, ids=names)
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", [rush.WHOLE if is_whole else rush.PART], ids=str)


@pytest.fixture(scope="session")
def processes(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Processes:
    return Processes(settings, tmp_path_factory.mktemp("boxes"))


@asynccontextmanager
async def opened(
    settings: Settings,
    identity_provider: IdentityProvider,
    processes: Processes,
    sandbox: Sandbox,
    *webs: str,
) -> AsyncIterator[BoxShop]:
    """So many serve, and a worker works; whoever of them dies is started again."""
    await empty(settings)
    # Under way until they are settled, as on the real one.
    sandbox.mishaps.refunds_wait = True
    async with (
        open_rooms(settings) as rooms,
        httpx.AsyncClient(event_hooks=NOTING) as client,
        callers(processes.urls[: len(webs)]) as crowd,
    ):
        make = Factory(rooms, identity_provider)
        await make.campaign()
        finance = await make.staff(Role.FINANCE)
        async with processes.supervised(rooms.engine, *webs, WORKER):
            yield BoxShop(make, sandbox, processes, crowd, client, finance)


@pytest.fixture
async def shop(
    settings: Settings,
    identity_provider: IdentityProvider,
    processes: Processes,
    sandbox: Sandbox,
) -> AsyncIterator[BoxShop]:
    """One process serves."""
    async with opened(settings, identity_provider, processes, sandbox, WEBS[0]) as shop:
        yield shop


@pytest.fixture
async def busy_shop(
    settings: Settings,
    identity_provider: IdentityProvider,
    processes: Processes,
    sandbox: Sandbox,
) -> AsyncIterator[BoxShop]:
    """Two do."""
    async with opened(settings, identity_provider, processes, sandbox, *WEBS) as shop:
        yield shop
