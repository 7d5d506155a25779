"""What became of events, reservations, offers and hand-outs, for the ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.states import ReservationState
from app.packs.couplets.queries import EventFacts
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed

EVENT, RESERVATION, PICKUP, OFFER, ENTRY = "event", "reservation", "pickup", "offer", "entry"
TICKET = "ticket"


def reservation_act(
    actor: Actor,
    act: str,
    reservation_id: UUID,
    states: tuple[ReservationState | None, ReservationState],
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`couplets.reservation.<act>`. `reason`: staff's words alone."""
    verb, changes = f"couplets.reservation.{act}", {"state": states}
    return Act(actor, verb, RESERVATION, reservation_id, changes, at=at, reason=reason)


def event_act(
    actor: Actor,
    act: str,
    before: EventFacts | None,
    after: EventFacts,
    *,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`couplets.event.<act>` with the fields in which `after` differs."""
    differs = changed(_fields(before) if before else {}, _fields(after))
    return Act(actor, f"couplets.event.{act}", EVENT, after.id, differs, at=at, reason=reason)


def _fields(event: EventFacts) -> dict[str, Any]:
    return {
        "title": event.title,
        "stream_url": event.stream_url,
        "replay_url": event.replay_url,
        "live_from": event.live_from,
        "live_to": event.live_to,
        "reserve_opens_at": event.reserve_opens_at,
        "reserve_closes_at": event.reserve_closes_at,
        "opening": event.opening,
        "release_before_min": event.release_before_min,
        "offer_valid_min": event.offer_valid_min,
        "offer_lead_min": event.offer_lead_min,
        "opening_window_min": event.opening_window_min,
        "variants": [
            [each.title, each.wording, each.size, each.reserved.total, each.walk_in.total]
            for each in event.variants
        ],
        "sites": [[each.name, each.address, each.opens_at, each.closes_at] for each in event.sites],
    }
