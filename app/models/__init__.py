"""The tables: one module a pack and a shared room. Importing this knows them all."""

from app.models import (
    approvals,
    breakfast,
    campaign,
    consents,
    exports,
    files,
    idempotency,
    identity,
    ledger,
    notices,
    outbox,
    personal_data,
    platform,
    stock,
)
from app.models.base import Base

__all__ = [
    "Base",
    "approvals",
    "breakfast",
    "campaign",
    "consents",
    "exports",
    "files",
    "idempotency",
    "identity",
    "ledger",
    "notices",
    "outbox",
    "personal_data",
    "platform",
    "stock",
]
