"""What wishes keep sealed: what was written before it was screened, how to reach the wisher,
who spoke for whom, reasons and evidence, which are for those concerned alone."""

from app.models.wishes import Wish, WishClaim, WishDispatch, WishHistory, WishRating
from app.shared.sealed import SealedField
from app.shared.sealed.masks import hide, mask_phone

ORIGINAL = SealedField(Wish.original_sealed, hide)
CONTACT_PHONE = SealedField(Wish.contact_phone_sealed, mask_phone)
PROXY = SealedField(Wish.proxy_sealed, hide)
REASON = SealedField(WishHistory.reason_sealed, hide)
EVIDENCE = SealedField(WishClaim.evidence_sealed, hide)
DISPATCH_REASON = SealedField(WishDispatch.reason_sealed, hide)
COMMENT = SealedField(WishRating.comment_sealed, hide)

SEALED = (ORIGINAL, CONTACT_PHONE, PROXY, REASON, EVIDENCE, DISPATCH_REASON, COMMENT)
