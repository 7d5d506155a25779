"""Quizzes, consultations, talks and appointments for these tests."""

import httpx
import pytest

from tests.appointing import Appointing
from tests.consulting import Consulting
from tests.factories import Factory
from tests.quizzing import Quizzing


@pytest.fixture
def quizzing(client: httpx.AsyncClient, make: Factory) -> Quizzing:
    return Quizzing(client, make)


@pytest.fixture
def consulting(client: httpx.AsyncClient, make: Factory) -> Consulting:
    return Consulting(client, make)


@pytest.fixture
def appointing(client: httpx.AsyncClient, make: Factory) -> Appointing:
    return Appointing(client, make)
