"""What couplets hold of stock, and their own checks, for `verify` and the conservation page."""

from sqlalchemy import select

from app.models.couplets import CoupletsPickup, CoupletsReservation, CoupletsVariant
from app.models.states import OfferState, PickupState
from app.models.stock import StockPool
from app.models.waiting import WaitingOffer
from app.packs.couplets.events import RESERVED_KIND, WALK_IN_KIND
from app.packs.couplets.rules import LIVE
from app.platform.db import AnySelect
from app.shared.stock import Holdings


def _reservations(kind: str) -> AnySelect:
    """Pairs that are reserved or were collected: nearly all of the reserved pool, a few that
    were written down late of the door's."""
    return (
        select(
            CoupletsReservation.unit_id.label("claim_id"),
            CoupletsReservation.unit_pool_id.label("pool_id"),
        )
        .join(StockPool, StockPool.id == CoupletsReservation.unit_pool_id)
        .where(StockPool.kind == kind, CoupletsReservation.state.in_(sorted(LIVE)))
    )


def _either(one: AnySelect, other: AnySelect) -> AnySelect:
    rows = one.union_all(other).subquery()
    return select(rows.c.claim_id, rows.c.pool_id)


_OFFERS: AnySelect = (
    select(WaitingOffer.id.label("claim_id"), WaitingOffer.pool_id.label("pool_id"))
    .join(CoupletsVariant, CoupletsVariant.reserved_pool_id == WaitingOffer.pool_id)
    .where(WaitingOffer.state == OfferState.OPEN)
)
_AT_THE_DOOR: AnySelect = (
    select(CoupletsPickup.id.label("claim_id"), CoupletsVariant.walk_in_pool_id.label("pool_id"))
    .join(CoupletsVariant, CoupletsVariant.id == CoupletsPickup.variant_id)
    .where(CoupletsPickup.reservation_id.is_(None), CoupletsPickup.state == PickupState.COLLECTED)
)

HOLDINGS = (
    Holdings(RESERVED_KIND, live=_either(_reservations(RESERVED_KIND), _OFFERS), held=_OFFERS),
    Holdings(WALK_IN_KIND, live=_either(_reservations(WALK_IN_KIND), _AT_THE_DOOR)),
)

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    "couplets_pools_are_the_paper": """
        SELECT v.id, v.paper, r.total, w.total FROM couplets_variant v
          JOIN stock_pool r ON r.id = v.reserved_pool_id
          JOIN stock_pool w ON w.id = v.walk_in_pool_id
         WHERE r.total + w.total <> v.paper OR r.kind <> 'couplets_reserved'
            OR w.kind <> 'couplets_walk_in'""",
    "couplets_pool_opens_with_its_event": """
        SELECT e.id, r.id FROM couplets_event e
          JOIN couplets_variant v ON v.event_id = e.id
          JOIN stock_pool r ON r.id = v.reserved_pool_id
         WHERE r.opens_at <> e.reserve_opens_at OR r.closes_at <> e.reserve_closes_at
            OR r.per_person_total IS DISTINCT FROM 1 OR r.state <> 'running'""",
    "couplets_collected_has_one_live_pickup": """
        SELECT r.id, r.state, count(p.id) FROM couplets_reservation r
          LEFT JOIN couplets_pickup p ON p.reservation_id = r.id AND p.state = 'collected'
         GROUP BY r.id
        HAVING count(p.id) <> CASE WHEN r.state = 'collected' THEN 1 ELSE 0 END""",
    "couplets_history_is_a_chain": """
        SELECT reservation_id, number, from_state, before FROM (
            SELECT h.*, lag(to_state) OVER (PARTITION BY reservation_id ORDER BY number) AS before
              FROM couplets_reservation_history h) s
         WHERE from_state IS DISTINCT FROM before""",
    "couplets_history_ends_where_the_reservation_is": """
        SELECT r.id, r.state, last.to_state FROM couplets_reservation r
          LEFT JOIN LATERAL (SELECT to_state FROM couplets_reservation_history h
                              WHERE h.reservation_id = r.id ORDER BY number DESC LIMIT 1) last
            ON true
         WHERE last.to_state IS DISTINCT FROM r.state""",
    "couplets_reservation_is_its_own_grant": """
        SELECT r.id FROM couplets_reservation r
          JOIN stock_entry e ON e.claim_id = r.unit_id AND e.quantity > 0
         WHERE e.member_id <> r.member_id OR e.pool_id <> r.unit_pool_id""",
    "couplets_accepted_offer_is_a_reservation": """
        SELECT o.id, o.state, r.id FROM waiting_offer o
          JOIN couplets_variant v ON v.reserved_pool_id = o.pool_id
          LEFT JOIN couplets_reservation r ON r.id = o.id
         WHERE (o.state = 'accepted') <> (r.id IS NOT NULL)
            OR (r.id IS NOT NULL AND NOT r.was_offered)""",
    "couplets_granted_turn_is_a_reservation": """
        SELECT t.entry_id, t.outcome, r.id FROM draw_turn t
          JOIN couplets_event e ON e.draw_id = t.draw_id
          LEFT JOIN couplets_reservation r ON r.id = t.entry_id
         WHERE (t.outcome = 'granted') <> (r.id IS NOT NULL)""",
    "couplets_order_comes_before_the_crowd": """
        SELECT e.id FROM couplets_event e
          JOIN draw d ON d.id = e.draw_id
         WHERE (e.ordered_at IS NOT NULL
                AND d.entrants_count IS DISTINCT FROM
                    (SELECT count(*) FROM draw_turn t WHERE t.draw_id = d.id))
            OR EXISTS (SELECT 1 FROM couplets_reservation r
                        WHERE r.event_id = e.id AND NOT r.was_offered
                          AND r.reserved_at < coalesce(e.ordered_at, 'infinity')
                          AND NOT EXISTS (SELECT 1 FROM draw_turn t WHERE t.entry_id = r.id))""",
    "waiting_offer_says_what_its_place_says": """
        SELECT e.id, e.state, o.state FROM waiting_entry e
          LEFT JOIN waiting_offer o ON o.entry_id = e.id
         WHERE e.state IS DISTINCT FROM
               CASE o.state WHEN 'open' THEN 'offered' WHEN 'declined' THEN 'left'
                            WHEN 'accepted' THEN 'accepted' WHEN 'lapsed' THEN 'lapsed'
                            ELSE CASE WHEN e.state IN ('waiting', 'left', 'passed_over')
                                      THEN e.state END END""",
    "couplets_first_come_first_offered": """
        SELECT early.id, late.id FROM waiting_entry early
          JOIN couplets_variant v ON v.reserved_pool_id = early.pool_id
          JOIN waiting_entry late ON late.pool_id = early.pool_id
               AND (late.joined_at, late.id) > (early.joined_at, early.id)
          JOIN waiting_offer o ON o.entry_id = late.id
         WHERE early.state = 'waiting' AND o.offered_at >= early.joined_at""",
}
