"""No figure from a second ago, and no impatience on a busy machine."""

import pytest

from app.platform import redis as client
from app.shared.presence import figures, rules, watched, wire
from tests.factories import Factory
from tests.shared.presence.audience import Audience, audience

# Longer than any stall of a machine that runs other tests beside these.
PATIENCE_S = 10.0


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read anew; a slow answer of Redis is waited for, and slows nobody."""
    monkeypatch.setattr(rules, "CALM_S", PATIENCE_S)
    monkeypatch.setattr(figures, "FRESH_S", 0.0)
    monkeypatch.setattr(watched, "FRESH_S", 0.0)
    monkeypatch.setattr(wire, "DEADLINE_S", PATIENCE_S)
    monkeypatch.setattr(wire, "AWAY_S", 0.0)
    monkeypatch.setattr(client, "SOCKET_TIMEOUT_S", PATIENCE_S)


@pytest.fixture
async def crowd(make: Factory) -> Audience:
    """Something that is live, and who watches it."""
    return await audience(make)
