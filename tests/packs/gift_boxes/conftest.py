"""The provider's sandbox on loopback, and buyers who pay through it."""

import httpx
import pytest

from app.embedded.wechat_pay import Sandbox
from tests.factories import Factory
from tests.gifting import Gifts
from tests.shared.payments.conftest import provider, sandbox, settings, wired

__all__ = ["provider", "sandbox", "settings", "wired"]


@pytest.fixture
def gifts(sandbox: Sandbox, client: httpx.AsyncClient, make: Factory) -> Gifts:
    return Gifts(client, make, sandbox)
