"""What this room keeps sealed: first answers, which may hold what their caller alone may see."""

from app.models.idempotency import IdempotencyRecord
from app.shared.sealed import SealedField
from app.shared.sealed.masks import hide

BODY = SealedField(IdempotencyRecord.body_sealed, hide)

SEALED = (BODY,)
