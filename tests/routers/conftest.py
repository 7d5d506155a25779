"""For tests of what the service shows without any server behind it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.main import app
from tests.refusals import NOTING


@pytest.fixture
async def reader() -> AsyncIterator[httpx.AsyncClient]:
    """Asks an application that was never started: pages and refusals of addresses."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", event_hooks=NOTING
    ) as reader:
        yield reader
