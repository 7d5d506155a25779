"""Quizzes for these tests."""

import httpx
import pytest

from tests.factories import Factory
from tests.quizzing import Quizzing


@pytest.fixture
def quizzing(client: httpx.AsyncClient, make: Factory) -> Quizzing:
    return Quizzing(client, make)
