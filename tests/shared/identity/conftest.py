"""What the tests of this room share."""

import pytest

from tests.factories import Factory
from tests.shared.identity.clients import Clients
from tests.shared.identity.office import Office


@pytest.fixture
def clients(make: Factory) -> Clients:
    return Clients(make)


@pytest.fixture
def office(make: Factory) -> Office:
    return Office(make)
