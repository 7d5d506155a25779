"""What of an act waits sealed until somebody has decided."""

from app.models.approvals import Approval
from app.shared.sealed import SealedField
from app.shared.sealed.masks import hide

PRIVATE = SealedField(Approval.private_sealed, hide)

SEALED = (PRIVATE,)
