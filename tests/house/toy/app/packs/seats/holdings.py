"""What the pack holds of stock, and its own checks, for `verify` and the conservation page."""

from sqlalchemy import select

from app.models.seats import Seat, Talk
from app.packs.seats.talks import POOL_KIND
from app.shared.stock import Holdings

HOLDINGS = Holdings(
    kind=POOL_KIND,
    live=select(Seat.id.label("claim_id"), Talk.pool_id.label("pool_id")).join(
        Talk, Talk.id == Seat.talk_id
    ),
)

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    "seats_seat_belongs_to_granted_member": """
        SELECT s.id FROM seats_seat s
          JOIN stock_entry e ON e.claim_id = s.id AND e.quantity > 0
         WHERE e.member_id <> s.member_id OR e.at <> s.claimed_at""",
}
