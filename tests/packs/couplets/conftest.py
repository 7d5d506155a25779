"""Members and desks for these tests."""

import httpx
import pytest

from tests.coupletting import Couplets
from tests.factories import Factory


@pytest.fixture
def couplets(client: httpx.AsyncClient, make: Factory) -> Couplets:
    return Couplets(client, make)
