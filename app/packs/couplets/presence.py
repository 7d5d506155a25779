"""What of couplets is watched: the live session of an event."""

from sqlalchemy import select

from app.models.couplets import CoupletsEvent
from app.shared.campaigns import is_no_draft
from app.shared.presence import Watched

EVENT = "couplets.event"
PRESENCE = (
    Watched(
        EVENT,
        select(CoupletsEvent.id, CoupletsEvent.live_from, CoupletsEvent.live_to).where(
            is_no_draft(CoupletsEvent.campaign_id)
        ),
    ),
)
