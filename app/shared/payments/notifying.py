"""The provider's notifications come in here."""

from collections.abc import Mapping

from app.models.states_of_payments import EventSource
from app.platform.db import Sessions
from app.platform.errors import TemporarilyUnavailable
from app.shared.payments.hearing import hear
from app.shared.payments.provider import ProviderUnavailable
from app.shared.payments.refusals import BadSignature
from app.shared.payments.room import Payments


async def take_notification(
    sessions: Sessions, payments: Payments, *, headers: Mapping[str, str], body: bytes
) -> None:
    """Believe it if it is the provider's, and do what follows from it, before it is answered.

    Raises `BadSignature`, `TemporarilyUnavailable` (its keys cannot be had just now).
    """
    if payments.provider is None:
        # Nobody here has a provider whose word it could be.
        raise BadSignature()
    try:
        notification = await payments.provider.read_notification(headers, body)
    except ProviderUnavailable as error:
        raise TemporarilyUnavailable() from error
    await hear(
        sessions,
        payments,
        notification.said,
        source=EventSource.NOTIFICATION,
        notice_no=notification.notice_no,
    )
