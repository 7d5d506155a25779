"""What couplets keep sealed: who collects instead of the member, one-time codes, reasons."""

from app.models.couplets import CoupletsReservation, CoupletsReservationHistory
from app.shared.identity.seals import last_digits
from app.shared.sealed import Lookup, SealedField
from app.shared.sealed.masks import hide, mask_name, mask_phone

RECIPIENT_NAME = SealedField(CoupletsReservation.recipient_name_sealed, mask_name)
RECIPIENT_LAST4 = Lookup(CoupletsReservation.recipient_last4_digest, last_digits)
RECIPIENT_PHONE = SealedField(
    CoupletsReservation.recipient_phone_sealed, mask_phone, RECIPIENT_LAST4
)
# Codes come in their one form before they are sealed or looked for.
PROXY_LOOKUP = Lookup(CoupletsReservation.proxy_code_digest)
PROXY_CODE = SealedField(CoupletsReservation.proxy_code_sealed, hide, PROXY_LOOKUP)
REASON = SealedField(CoupletsReservationHistory.reason_sealed, hide)

SEALED = (RECIPIENT_NAME, RECIPIENT_PHONE, PROXY_CODE, REASON)
