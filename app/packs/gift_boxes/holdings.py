"""What gift boxes hold of stock, and their own checks, for `verify` and the conservation page."""

from sqlalchemy import select

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesLine, GiftBoxesOrder, GiftBoxesUnit
from app.models.states import OfferState
from app.models.states_gift_boxes import OrderState, UnitState
from app.models.stock import StockPool
from app.models.waiting import WaitingOffer
from app.packs.gift_boxes.boxes import FREE_KIND, SOLD_KIND
from app.packs.gift_boxes.fulfilment_checks import CHECKS as OF_FULFILMENT
from app.platform.db import AnySelect
from app.shared.stock import Holdings


def _units(kind: str) -> AnySelect:
    """What orders hold, and what was scrapped, which nobody else can have."""
    return (
        select(GiftBoxesUnit.id.label("claim_id"), GiftBoxesUnit.pool_id.label("pool_id"))
        .join(StockPool, StockPool.id == GiftBoxesUnit.pool_id)
        .where(StockPool.kind == kind, GiftBoxesUnit.state != UnitState.RETURNED)
    )


def _either(one: AnySelect, other: AnySelect) -> AnySelect:
    rows = one.union_all(other).subquery()
    return select(rows.c.claim_id, rows.c.pool_id)


_OFFERS: AnySelect = (
    select(WaitingOffer.id.label("claim_id"), WaitingOffer.pool_id.label("pool_id"))
    .join(GiftBoxesBox, GiftBoxesBox.sold_pool_id == WaitingOffer.pool_id)
    .where(WaitingOffer.state == OfferState.OPEN)
)
_UNPAID: AnySelect = (
    select(GiftBoxesUnit.id.label("claim_id"), GiftBoxesUnit.pool_id.label("pool_id"))
    .join(GiftBoxesLine, GiftBoxesLine.id == GiftBoxesUnit.line_id)
    .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesLine.order_id)
    .where(GiftBoxesUnit.state == UnitState.HELD, GiftBoxesOrder.state == OrderState.PLACED)
)

HOLDINGS = (
    Holdings(SOLD_KIND, live=_either(_units(SOLD_KIND), _OFFERS), held=_either(_UNPAID, _OFFERS)),
    Holdings(FREE_KIND, live=_units(FREE_KIND)),
)

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    **OF_FULFILMENT,
    "gift_boxes_line_holds_what_it_bought": """
        SELECT l.id, o.state, l.quantity, l.refunded_count, count(u.id) FROM gift_boxes_line l
          JOIN gift_boxes_order o ON o.id = l.order_id
          LEFT JOIN gift_boxes_unit u ON u.line_id = l.id AND u.state = 'held'
         GROUP BY l.id, o.state
        HAVING count(u.id) <> CASE WHEN o.state IN ('cancelled', 'refunded') THEN 0
                                   ELSE l.quantity - l.refunded_count END""",
    "gift_boxes_unit_is_of_its_lines_box": """
        SELECT u.id FROM gift_boxes_unit u
          JOIN gift_boxes_line l ON l.id = u.line_id
          JOIN gift_boxes_order o ON o.id = l.order_id
          JOIN gift_boxes_box b ON b.id = l.box_id
          JOIN stock_entry e ON e.claim_id = u.id AND e.quantity > 0
         WHERE u.pool_id <> CASE o.kind WHEN 'free' THEN b.free_pool_id ELSE b.sold_pool_id END
            OR e.pool_id <> u.pool_id OR e.member_id <> o.member_id""",
    "gift_boxes_amount_is_its_lines": """
        SELECT o.id, o.amount_fen, sum(l.quantity * l.price_fen) FROM gift_boxes_order o
          LEFT JOIN gift_boxes_line l ON l.order_id = o.id
         GROUP BY o.id HAVING o.amount_fen IS DISTINCT FROM sum(l.quantity * l.price_fen)""",
    "gift_boxes_paid_order_has_its_money": """
        SELECT o.id, o.state, o.amount_fen, p.received_fen FROM gift_boxes_order o
          LEFT JOIN payment p ON p.payable_kind = 'gift_boxes.order' AND p.payable_id = o.id
               AND p.state = 'paid'
         WHERE (o.paid_at IS NOT NULL) <> (p.id IS NOT NULL)
            OR p.received_fen <> o.amount_fen""",
    "gift_boxes_money_is_an_orders": """
        SELECT p.id FROM payment p LEFT JOIN gift_boxes_order o ON o.id = p.payable_id
         WHERE p.payable_kind = 'gift_boxes.order'
           AND (o.id IS NULL OR o.member_id <> p.payer_id)""",
    "gift_boxes_refund_is_the_rooms": """
        SELECT g.id, g.amount_fen, r.amount_fen FROM gift_boxes_refund g
          JOIN refund r ON r.id = g.id
          JOIN payment p ON p.id = r.payment_id
         WHERE g.amount_fen <> r.amount_fen OR p.payable_id <> g.order_id OR p.state <> 'paid'
            OR (g.returned_at IS NOT NULL) <> (r.state = 'succeeded')""",
    "gift_boxes_knows_of_what_went_back": """
        SELECT r.id FROM refund r JOIN payment p ON p.id = r.payment_id
          LEFT JOIN gift_boxes_refund g ON g.id = r.id
         WHERE p.payable_kind = 'gift_boxes.order' AND p.state = 'paid'
           AND r.state = 'succeeded' AND g.id IS NULL""",
    "gift_boxes_lines_are_refunded_as_their_refunds_say": """
        SELECT l.id, l.refunded_count, sum(g.quantity) FROM gift_boxes_line l
          LEFT JOIN gift_boxes_refund_line g ON g.line_id = l.id
         GROUP BY l.id HAVING l.refunded_count <> coalesce(sum(g.quantity), 0)""",
    "gift_boxes_refunded_order_gave_all_back": """
        SELECT o.id FROM gift_boxes_order o JOIN gift_boxes_line l ON l.order_id = o.id
         WHERE o.kind = 'sold' AND o.paid_at IS NOT NULL
         GROUP BY o.id
        HAVING (o.state = 'refunded') <> (sum(l.quantity - l.refunded_count) = 0)""",
    "gift_boxes_kept_is_paid_less_refunds": """
        SELECT o.id, o.amount_fen, o.refunded_fen, p.received_fen, p.refunded_fen
          FROM gift_boxes_order o
          JOIN payment p ON p.payable_kind = 'gift_boxes.order' AND p.payable_id = o.id
               AND p.state = 'paid'
         WHERE o.amount_fen - o.refunded_fen <> p.received_fen - p.refunded_fen""",
    "gift_boxes_history_is_a_chain": """
        SELECT order_id, number, from_state, before FROM (
            SELECT h.*, lag(to_state) OVER (PARTITION BY order_id ORDER BY number) AS before
              FROM gift_boxes_order_history h) s
         WHERE from_state IS DISTINCT FROM before""",
    "gift_boxes_history_ends_where_the_order_is": """
        SELECT o.id, o.state, last.to_state FROM gift_boxes_order o
          LEFT JOIN LATERAL (SELECT to_state FROM gift_boxes_order_history h
                              WHERE h.order_id = o.id ORDER BY number DESC LIMIT 1) last ON true
         WHERE last.to_state IS DISTINCT FROM o.state""",
    "gift_boxes_accepted_offer_is_an_orders_unit": """
        SELECT f.id, f.state FROM waiting_offer f
          JOIN gift_boxes_box b ON b.sold_pool_id = f.pool_id
          LEFT JOIN gift_boxes_unit u ON u.id = f.id
         WHERE (f.state = 'accepted') <> (u.id IS NOT NULL)""",
    "gift_boxes_pools_open_with_their_box": """
        SELECT b.id, p.id FROM gift_boxes_box b
          JOIN stock_pool p ON p.id IN (b.sold_pool_id, b.free_pool_id)
         WHERE p.owner_id <> b.id OR p.state <> 'running'
            OR (p.id = b.sold_pool_id AND (p.kind <> 'gift_boxes_sold' OR p.opens_at <> b.opens_at
                OR p.closes_at <> b.closes_at OR p.per_person_total <> b.per_person))
            OR (p.id = b.free_pool_id AND p.kind <> 'gift_boxes_free')""",
    "gift_boxes_first_come_first_offered": """
        SELECT early.id, late.id FROM waiting_entry early
          JOIN gift_boxes_box b ON b.sold_pool_id = early.pool_id
          JOIN waiting_entry late ON late.pool_id = early.pool_id
               AND (late.joined_at, late.id) > (early.joined_at, early.id)
          JOIN waiting_offer o ON o.entry_id = late.id
         WHERE early.state = 'waiting' AND o.offered_at >= early.joined_at""",
}
