"""What each line of an order brought and what of it went back, to the fen.

A payment is its order's lines at their prices. A refund is divided among the lines that it names
in proportion to what they cost, or, being money alone, among all; fractions go by running sums in
the order of the lines, so that the parts are the whole, always. Refunds that the provider has given
up (`closed`) are none.
"""

MONEY = """
    SELECT 'payment' AS kind, o.id AS order_id, p.id AS payment_id, o.paid_at AS at,
           l.number, l.box_id, l.quantity, l.price_fen,
           l.quantity * l.price_fen AS amount_fen
      FROM payment p
      JOIN gift_boxes_order o ON o.id = p.payable_id
      JOIN gift_boxes_line l ON l.order_id = o.id
     WHERE p.payable_kind = 'gift_boxes.order' AND p.state = 'paid'
    UNION ALL
    SELECT 'refund', s.order_id, s.payment_id, s.at, s.number, s.box_id, -s.quantity, s.price_fen,
           -CAST(div(s.refund_fen * s.upto_fen, s.whole_fen)
                 - div(s.refund_fen * (s.upto_fen - s.part_fen), s.whole_fen) AS bigint)
      FROM (SELECT w.*, CAST(r.amount_fen AS numeric) AS refund_fen, r.asked_at AS at,
                   sum(w.part_fen) OVER (PARTITION BY r.id ORDER BY w.number) AS upto_fen,
                   sum(w.part_fen) OVER (PARTITION BY r.id) AS whole_fen
              FROM refund r
              JOIN (SELECT x.id AS refund_id, p.id AS payment_id, l.order_id, l.number, l.box_id,
                           l.price_fen, coalesce(g.quantity, 0) AS quantity,
                           l.price_fen * CASE
                               WHEN EXISTS (SELECT FROM gift_boxes_refund_line other
                                             WHERE other.refund_id = x.id)
                               THEN coalesce(g.quantity, 0) ELSE l.quantity END AS part_fen
                      FROM refund x
                      JOIN payment p ON p.id = x.payment_id
                           AND p.payable_kind = 'gift_boxes.order' AND p.state = 'paid'
                      JOIN gift_boxes_line l ON l.order_id = p.payable_id
                      LEFT JOIN gift_boxes_refund_line g
                           ON g.refund_id = x.id AND g.line_id = l.id
                   ) w ON w.refund_id = r.id
             WHERE r.state <> 'closed') s
     WHERE s.part_fen > 0
"""
