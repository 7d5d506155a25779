"""A bench on this pytest worker's own database."""

from collections.abc import AsyncIterator

import pytest

from app.platform.settings import Settings
from tests.shared.outbox.bench import Bench, opened


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with opened(settings) as bench:
        yield bench
