"""One deployment a module: seeded, served by a process of its own, spoken to over HTTP; beside it
the payment provider's sandbox, which says nothing by itself."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from app.embedded.identity_provider import IdentityProvider
from app.embedded.wechat_pay import Sandbox, SandboxServer
from app.embedded.wechat_pay.keys import new_merchant
from app.platform.settings import Settings
from tests.contract.served import Served
from tests.contract.world import opened
from tests.races.drop import service
from tests.shared.payments.shop import NOTIFICATIONS


@pytest.fixture(scope="module")
def provider() -> Iterator[dict[str, str]]:
    """Settings of a service that is paid through it."""
    with SandboxServer(Sandbox(new_merchant())) as server:
        server.sandbox.mishaps.hold = True
        merchant = server.sandbox.merchant
        yield {
            "WECHAT_PAY_URL": server.url,
            "WECHAT_PAY_APP_ID": merchant.app_id,
            "WECHAT_PAY_MERCHANT_NO": merchant.merchant_no,
            "WECHAT_PAY_SERIAL_NO": merchant.serial_no,
            "WECHAT_PAY_PRIVATE_KEY": merchant.private_key,
            "WECHAT_PAY_API_V3_KEY": merchant.api_v3_key,
            "WECHAT_PAY_NOTIFY_URL": f"http://127.0.0.1:1{NOTIFICATIONS}",
        }


@pytest.fixture(scope="module")
def served(
    settings: Settings, identity_provider: IdentityProvider, provider: dict[str, str]
) -> Iterator[Served]:
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(opened(settings, identity_provider)) as world,
        portal.wrap_async_context_manager(service(settings, processes=1, **provider)) as (url,),
        Served(url, world, portal) as served,
    ):
        yield served
