"""Gift boxes played on a real service, with the sandbox of the payment provider beside it: every
figure is reached, also after a play that was killed, and the money is one sum in every place."""

from collections.abc import AsyncIterator

import pytest
from pydantic import HttpUrl

from app.embedded.identity_provider import IdentityProvider
from app.embedded.wechat_pay import SandboxServer
from app.platform.settings import Settings
from app.replay import gift_boxes
from app.replay.stage import Stage
from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.races.drop import free_port
from tests.replay.conftest import furnish
from tests.replay.killed import a_worker, played_again_after_a_kill
from tests.replay.stages import stage
from tests.shared.payments.conftest import provider, wired
from tests.shared.payments.shop import NOTIFICATIONS, with_provider
from tests.verify import assert_books_are_right

__all__ = ["provider", "wired"]
pytestmark = pytest.mark.anyio

MONEY = (
    "payments_less_refunds_fen",
    "orders_kept_fen",
    "supplier_sheets_fen",
    "providers_bill_fen",
    "our_side_of_the_bill_fen",
)


@pytest.fixture(scope="session")
def settings(settings: Settings, provider: SandboxServer) -> Settings:
    """The provider reaches the service, wherever it will be served."""
    notified = HttpUrl(f"http://127.0.0.1:{free_port()}{NOTIFICATIONS}")
    paid = with_provider(settings, provider.sandbox.merchant, provider.url)
    return paid.model_copy(update={"wechat_pay_notify_url": notified})


@pytest.fixture
async def shop(
    rooms: Rooms, make: Factory, identity_provider: IdentityProvider, provider: SandboxServer
) -> AsyncIterator[Stage]:
    await furnish(make)
    async with stage(rooms, identity_provider, scale="0.002", paid_at=provider) as found:
        yield found


async def test_after_a_play_that_was_killed_the_next_sale_reaches_every_figure(
    shop: Stage, rooms: Rooms
) -> None:
    """Orders have lapsed by then, what came free is offered, and nobody has accepted."""
    async with a_worker(rooms):
        sold = await played_again_after_a_kill(shop, gift_boxes.play, "gift boxes: offers")

    assert (sold["kinds"], sold["page_views"], sold["free_boxes"]) == (5, 80, 2)
    assert len({sold[name] for name in MONEY}) == 1
    assert sold["orders_kept_fen"] > 0
    await assert_books_are_right(rooms)
