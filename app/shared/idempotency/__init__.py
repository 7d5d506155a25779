"""A request that may be sent again: one effect, the first answer every time.

Limited things do not come here: a claim's entry in the books is its own record
(`app/shared/stock`).
"""

from app.shared.idempotency.once import (
    AlreadyAnswered,
    IdempotencyKeyInProgress,
    IdempotencyKeyMalformed,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    KeyedRequest,
    Once,
)

__all__ = [
    "AlreadyAnswered",
    "IdempotencyKeyInProgress",
    "IdempotencyKeyMalformed",
    "IdempotencyKeyMissing",
    "IdempotencyKeyReused",
    "KeyedRequest",
    "Once",
]
