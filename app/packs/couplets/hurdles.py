"""What reserving and waiting refuse alike."""

from datetime import datetime
from uuid import UUID

from app.packs.couplets.queries import (
    EventFacts,
    SiteFacts,
    VariantFacts,
)
from app.packs.couplets.refusals import AlreadyReserved, ReservationsClosed
from app.packs.couplets.rules import shown
from app.platform.errors import FieldError, InputInvalid, Words
from app.shared.stock import NotOpen


def find_parts(
    event: EventFacts, variant_id: UUID, site_id: UUID
) -> tuple[VariantFacts, SiteFacts]:
    """Raises `InputInvalid`."""
    variant, site = event.variant(variant_id), event.site(site_id)
    if variant is None:
        raise InputInvalid(errors=(UNKNOWN_VARIANT,))
    if site is None:
        raise InputInvalid(errors=(UNKNOWN_SITE,))
    return variant, site


def closed(event: EventFacts, site: SiteFacts) -> ReservationsClosed:
    """Facts: when it was that nothing could be reserved for this site any more."""
    return ReservationsClosed(closes_at=shown(event.offering(site).ends_at))


def not_open(event: EventFacts, now: datetime) -> NotOpen:
    """With the server's own time, by which a countdown is set right."""
    return NotOpen(opens_at=shown(event.reserve_opens_at), server_time=shown(now))


def already_reserved(reservation_id: UUID | None, offer_id: UUID | None) -> AlreadyReserved:
    return AlreadyReserved(
        reservation_id=reservation_id and str(reservation_id),
        offer_id=offer_id and str(offer_id),
    )


UNKNOWN_VARIANT = FieldError(
    "#/variant_id", Words("本场没有这一款", "this event has no such variant"), "variant_unknown"
)
UNKNOWN_SITE = FieldError(
    "#/site_id", Words("本场没有这个地点", "this event has no such site"), "site_unknown"
)
