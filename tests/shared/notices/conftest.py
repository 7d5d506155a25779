"""An office on this pytest worker's own database, by day."""

from collections.abc import AsyncIterator
from datetime import time

import pytest

from app.platform.settings import Settings
from app.shared.notices.webhook_carrier import open_client
from tests.factories import Factory
from tests.shared.notices.office import Office
from tests.shared.notices.receiver import Receiver, receiving
from tests.shared.outbox.bench import Bench, opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with opened(settings) as bench:
        yield bench


@pytest.fixture
async def office(bench: Bench, make: Factory, receiver: Receiver) -> AsyncIterator[Office]:
    async with open_client() as client:
        office = Office.of(bench, make, client, receiver)
        await office.go_to(time(12))
        yield office
