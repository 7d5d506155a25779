"""The provider's sandbox on loopback, and a shop that is paid through it."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI

from app.embedded.wechat_pay import Sandbox, SandboxServer
from app.embedded.wechat_pay.keys import new_merchant
from app.main import app as unstarted
from app.main import create_app
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.shared.payments import toy
from tests.shared.payments.shop import Shop, selling, with_provider


@pytest.fixture(scope="session")
def provider() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox(new_merchant())) as server:
        yield server


@pytest.fixture(scope="session")
def settings(settings: Settings, provider: SandboxServer) -> Settings:
    return with_provider(settings, provider.sandbox.merchant, provider.url)


@pytest.fixture(scope="session")
def wired(settings: Settings) -> FastAPI:
    """As everywhere, with these settings: the one that others share has no provider."""
    app = create_app(settings)
    app.state.documents = unstarted.state.documents
    return app


@pytest.fixture
def sandbox(provider: SandboxServer) -> Sandbox:
    """One that knows nothing yet, and holds its notifications until they are taken."""
    sandbox = Sandbox(provider.sandbox.merchant)
    sandbox.mishaps.hold = True
    provider.use(sandbox)
    return sandbox


@pytest.fixture
async def shop(
    sandbox: Sandbox, app: FastAPI, rooms: Rooms, client: httpx.AsyncClient, make: Factory
) -> AsyncIterator[Shop]:
    await toy.drop_tables(rooms.engine)
    await toy.make_tables(rooms.engine)
    app.state.rooms = selling(rooms)
    yield Shop(app, client, make, sandbox, app.state.rooms)
    await toy.drop_tables(rooms.engine)
