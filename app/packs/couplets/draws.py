"""Whom couplets put in order: those who ask within the window of an event's fair opening."""

from uuid import UUID

from sqlalchemy import select

from app.models.couplets import CoupletsEvent
from app.platform.db import AnySelect
from app.shared.draws import Crowd

EVENT_CROWD = "couplets.event"
TAKE_TURNS = "couplets.take_turns"


def _edition(subject_id: UUID) -> AnySelect:
    return select(CoupletsEvent.campaign_id).where(CoupletsEvent.id == subject_id)


DRAWS = (Crowd(EVENT_CROWD, _edition, TAKE_TURNS),)
