"""A deployment whose keys are about to be changed."""

import pytest

from app.embedded.identity_provider import IdentityProvider
from app.platform.settings import Settings
from tests.conftest import empty
from tests.shared.sealed.rotation import Rotation


@pytest.fixture
async def rotation(settings: Settings, identity_provider: IdentityProvider) -> Rotation:
    await empty(settings)
    return Rotation(settings, identity_provider)
