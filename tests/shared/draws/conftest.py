"""A hall to draw in."""

import pytest

from tests.factories import Factory
from tests.shared.draws.hall import Hall


@pytest.fixture
def hall(make: Factory) -> Hall:
    return Hall(make)
