"""Servers that a test may kill: a pair a worker, revived where a test leaves them dead."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.embedded.identity_provider import IdentityProvider
from app.platform.settings import Settings
from tests.conftest import empty
from tests.faults import matrix
from tests.faults.mortal import MortalService
from tests.faults.rig import Rig, Servers, own_servers
from tests.faults.standing import Standing
from tests.faults.stops import Stops


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--matrix", action="store_true", help="all cells of the failure matrix, and its table"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        is_whole = metafunc.config.getoption("--matrix", default=False)
        metafunc.parametrize("cell", matrix.WHOLE if is_whole else matrix.FAST, ids=str)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.getoption("--matrix", default=False):
        matrix.show(terminalreporter)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with own_servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def standing(
    servers: Servers,
    settings: Settings,
    identity_provider: IdentityProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Standing]:
    """The deployment of the matrix; nothing of it runs before a cell needs it."""
    found = Standing(servers, settings, identity_provider, tmp_path_factory.mktemp("matrix"))
    yield found
    found.rest()


@pytest.fixture
async def rig(
    servers: Servers,
    standing: Standing,
    settings: Settings,
    identity_provider: IdentityProvider,
    tmp_path: Path,
) -> AsyncIterator[Rig]:
    """Empty books and an empty turnstile; the service is not started yet."""
    standing.rest()
    await asyncio.to_thread(servers.revive)
    own = servers.settings(settings)
    service = MortalService(own, tmp_path)
    await empty(own)
    yield Rig(own, servers, service, identity_provider, Stops(tmp_path))
    service.kill()
    await asyncio.to_thread(servers.revive)
