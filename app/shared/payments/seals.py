"""What the provider said, word for word: the payer's number there, and how they paid."""

from app.models.payments import PaymentEvent
from app.shared.sealed import SealedField
from app.shared.sealed.masks import hide

RAW = SealedField(PaymentEvent.raw_sealed, hide)

SEALED = (RAW,)
