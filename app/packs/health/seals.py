"""What the health pack keeps sealed: every word of a consultation."""

from app.models.consultations import HealthConsultationMove, HealthMessage
from app.shared.sealed import SealedField
from app.shared.sealed.masks import hide

MESSAGE = SealedField(HealthMessage.text_sealed, hide)
NOTE = SealedField(HealthConsultationMove.note_sealed, hide)

SEALED = (MESSAGE, NOTE)
