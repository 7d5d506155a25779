"""Who carries notices in this deployment, by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from app.models.states import NoticeChannel
from app.platform.settings import Settings
from app.shared.notices.channels import Carrier, Channels
from app.shared.notices.log_carrier import LogCarrier
from app.shared.notices.webhook_carrier import WebhookCarrier, open_client


@asynccontextmanager
async def open_channels(settings: Settings) -> AsyncIterator[Channels]:
    """The webhook if there is one; else the log, and in production nobody, because a log is no
    way to a member."""
    async with open_client() as client:
        carrier = _carrier(settings, client)
        yield Channels(dict.fromkeys(NoticeChannel, carrier) if carrier else {})


def _carrier(settings: Settings, client: httpx.AsyncClient) -> Carrier | None:
    if settings.notice_webhook_url is not None and settings.notice_webhook_secrets is not None:
        return WebhookCarrier(
            client,
            url=str(settings.notice_webhook_url),
            secrets=settings.notice_webhook_secrets.get_secret_value(),
            loopback=settings.notice_webhook_loopback,
        )
    return None if settings.is_production else LogCarrier()
