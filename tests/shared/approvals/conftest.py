"""An office on empty books."""

import pytest

from tests.factories import Factory
from tests.shared.approvals.office import Office


@pytest.fixture
def office(make: Factory) -> Office:
    return Office(make)
