"""No figure from a second ago, and no impatience on a busy machine."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.platform import redis as client
from app.shared.presence import figures, rules, watched, wire
from tests.factories import Factory
from tests.shared.presence.audience import NUMBERS, Audience, Watch, audience

# Longer than any stall of a machine that runs other tests beside these.
PATIENCE_S = 10.0


@pytest.fixture(autouse=True)
def known_members() -> None:
    NUMBERS.seed(20240126)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read anew; a slow answer of Redis is waited for, and slows nobody."""
    monkeypatch.setattr(rules, "CALM_S", PATIENCE_S)
    monkeypatch.setattr(figures, "FRESH_S", 0.0)
    monkeypatch.setattr(watched, "FRESH_S", 0.0)
    monkeypatch.setattr(wire, "DEADLINE_S", PATIENCE_S)
    monkeypatch.setattr(client, "AWAY_S", 0.0)
    monkeypatch.setattr(client, "SOCKET_TIMEOUT_S", PATIENCE_S)


@pytest.fixture
async def watch(make: Factory) -> AsyncIterator[Watch]:
    """Makes something that is live, and a process that counts who watches it."""
    opened: list[Audience] = []

    async def start(**changes: timedelta) -> Audience:
        opened.append(await audience(make, **changes))
        return opened[-1]

    yield start
    for each in opened:
        await each.presence.drain()


@pytest.fixture
async def crowd(watch: Watch) -> Audience:
    """Something that is live, and who watches it."""
    return await watch()
