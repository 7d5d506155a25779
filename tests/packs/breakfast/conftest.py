"""What the tests of this pack share."""

import pytest

from tests.factories import Factory
from tests.tills import Counter


@pytest.fixture
def counter(make: Factory) -> Counter:
    return Counter(make)
