"""What must always be true of handing over: each finds what is wrong; no row, no fault."""

# ruff: noqa: S608 - what is put together is all of this pack.

from app.packs.gift_boxes.supplier_money import MONEY

CHECKS: dict[str, str] = {
    "gift_boxes_sheets_are_the_rooms_money": f"""
        SELECT p.id, p.received_fen - p.refunded_fen AS kept, s.fen
          FROM payment p
          LEFT JOIN (SELECT payment_id, sum(amount_fen) AS fen FROM ({MONEY}) m
                      GROUP BY payment_id) s ON s.payment_id = p.id
         WHERE p.payable_kind = 'gift_boxes.order' AND p.state = 'paid'
           AND s.fen IS DISTINCT FROM p.received_fen - p.refunded_fen""",
    "gift_boxes_payments_less_refunds_are_orders_and_sheets": f"""
        SELECT payments_fen, orders_fen, sheets_fen FROM (
            SELECT (SELECT coalesce(sum(p.received_fen - p.refunded_fen), 0) FROM payment p
                     WHERE p.payable_kind = 'gift_boxes.order' AND p.state = 'paid')
                   AS payments_fen,
                   (SELECT coalesce(sum(o.amount_fen - o.refunded_fen), 0)
                      FROM gift_boxes_order o WHERE o.paid_at IS NOT NULL) AS orders_fen,
                   (SELECT coalesce(sum(m.amount_fen), 0) FROM ({MONEY}) m) AS sheets_fen) whole
         WHERE payments_fen <> orders_fen OR payments_fen <> sheets_fen""",
    "gift_boxes_handed_out_once_and_as_the_order_says": """
        SELECT o.id, o.state, p.id FROM gift_boxes_order o
          LEFT JOIN gift_boxes_pickup p ON p.order_id = o.id AND p.state = 'collected'
         WHERE (o.state = 'picked_up' AND p.id IS NULL)
            OR (p.id IS NOT NULL
                AND (o.mode <> 'pickup' OR o.state NOT IN ('picked_up', 'closed', 'refunded')))""",
    "gift_boxes_sent_has_its_parcel": """
        SELECT o.id, o.state, s.order_id FROM gift_boxes_order o
          LEFT JOIN gift_boxes_shipment s ON s.order_id = o.id
         WHERE (o.state = 'shipped' AND s.order_id IS NULL AND o.address_sealed IS NOT NULL)
            OR (s.order_id IS NOT NULL
                AND (o.mode <> 'delivery' OR o.state NOT IN ('shipped', 'closed', 'refunded')))""",
    "gift_boxes_free_order_has_its_proof": """
        SELECT o.id, o.kind, c.order_id FROM gift_boxes_order o
          LEFT JOIN gift_boxes_free_claim c ON c.order_id = o.id
         WHERE (o.kind = 'free') <> (c.order_id IS NOT NULL)""",
    "gift_boxes_turns_are_what_was_given": """
        SELECT t.entry_id, t.outcome, c.order_id FROM draw_turn t
          JOIN gift_boxes_box b ON b.draw_id = t.draw_id
          LEFT JOIN gift_boxes_free_claim c ON c.order_id = t.entry_id AND c.box_id = b.id
         WHERE (t.outcome = 'granted' AND c.order_id IS NULL)
            OR (t.outcome = 'passed' AND c.order_id IS NOT NULL)
            OR (t.outcome = 'waiting' AND c.claimed_at < t.at)""",
    "gift_boxes_order_comes_before_the_crowd": """
        SELECT b.id FROM gift_boxes_box b
          JOIN draw d ON d.id = b.draw_id
         WHERE (b.ordered_at IS NOT NULL
                AND d.entrants_count IS DISTINCT FROM
                    (SELECT count(*) FROM draw_turn t WHERE t.draw_id = d.id))
            OR EXISTS (SELECT 1 FROM gift_boxes_free_claim c
                        WHERE c.box_id = b.id
                          AND c.claimed_at < coalesce(b.ordered_at, 'infinity')
                          AND NOT EXISTS (SELECT 1 FROM draw_turn t
                                           WHERE t.entry_id = c.order_id))""",
    "gift_boxes_free_once_a_person": """
        SELECT o.campaign_id, m.person_id, count(*) FROM gift_boxes_order o
          JOIN member m ON m.id = o.member_id
         WHERE o.kind = 'free' AND o.state <> 'cancelled'
         GROUP BY o.campaign_id, m.person_id HAVING count(*) > 1""",
}
