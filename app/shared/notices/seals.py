"""What this room keeps sealed: what members were told."""

from app.models.notices import Notice
from app.shared.sealed import SealedField
from app.shared.sealed.masks import hide

CONTENT = SealedField(Notice.content_sealed, hide)

SEALED = (CONTENT,)
