"""The tables: one module a pack and a shared room. Importing this knows them all."""

from app.models import (
    approvals,
    breakfast,
    campaign,
    idempotency,
    identity,
    ledger,
    outbox,
    platform,
    stock,
)
from app.models.base import Base

__all__ = [
    "Base",
    "approvals",
    "breakfast",
    "campaign",
    "idempotency",
    "identity",
    "ledger",
    "outbox",
    "platform",
    "stock",
]
