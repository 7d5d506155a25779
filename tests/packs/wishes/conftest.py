"""Wishers and volunteers for these tests."""

import httpx
import pytest

from tests.factories import Factory
from tests.wishing import Wishing


@pytest.fixture
def wishing(client: httpx.AsyncClient, make: Factory) -> Wishing:
    return Wishing(client, make)
