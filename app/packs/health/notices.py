"""What the health pack tells members: of consultations that something waits, without a word of
it; of talks and appointments when and where."""

from app.packs.health.appointment_telling import APPOINTMENT_NOTICES
from app.packs.health.talk_telling import TALK_NOTICES
from app.packs.health.telling import CONSULTATION_NOTICES

NOTICES = (*CONSULTATION_NOTICES, *APPOINTMENT_NOTICES, *TALK_NOTICES)
