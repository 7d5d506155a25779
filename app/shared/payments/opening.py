"""Which provider this deployment has, by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.platform.settings import Settings
from app.shared.payments.provider import Provider
from app.shared.payments.wechat import WechatPay, account_of, open_client


@asynccontextmanager
async def open_provider(settings: Settings) -> AsyncIterator[Provider | None]:
    """None where nothing is set. Raises `ValueError` for keys that are none."""
    account = account_of(settings)
    if account is None:
        yield None
        return
    async with open_client() as client:
        yield WechatPay(client, account)
