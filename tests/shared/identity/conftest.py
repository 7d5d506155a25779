"""What the tests of this room share."""

import pytest

from tests.factories import Factory
from tests.shared.identity.clients import Clients


@pytest.fixture
def clients(make: Factory) -> Clients:
    return Clients(make)
