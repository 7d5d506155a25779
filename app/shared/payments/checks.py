"""What must hold of money, from the rows alone: statements that select what is wrong."""

CHECKS: dict[str, str] = {
    "payment_refunded_as_its_refunds_say": """
        SELECT p.id, p.refunded_fen, sum(r.amount_fen) FROM payment p
          LEFT JOIN refund r ON r.payment_id = p.id AND r.state <> 'closed'
         GROUP BY p.id HAVING p.refunded_fen <> coalesce(sum(r.amount_fen), 0)""",
    "payment_with_money_was_heard_of": """
        SELECT p.id FROM payment p
         WHERE p.state IN ('paid', 'surplus', 'mismatched')
           AND NOT EXISTS (SELECT FROM payment_event e WHERE e.payment_id = p.id
                              AND e.flow = 'payment' AND e.outcome IN ('applied', 'flagged'))""",
    "payment_that_nothing_took_goes_back_whole": """
        SELECT p.id, p.received_fen, p.refunded_fen FROM payment p
         WHERE p.state = 'surplus' AND p.refunded_fen <> p.received_fen
           AND NOT EXISTS (SELECT FROM payment_difference d WHERE d.payment_id = p.id
                              AND d.kind IN ('refund_closed', 'refund_abnormal'))""",
    "payment_that_mismatches_has_a_difference": """
        SELECT p.id FROM payment p
         WHERE p.state = 'mismatched'
           AND NOT EXISTS (SELECT FROM payment_difference d WHERE d.payment_id = p.id
                              AND d.kind = 'amount_differs')""",
    "refund_that_ended_was_heard_of": """
        SELECT r.id, r.state FROM refund r
         WHERE r.state IN ('succeeded', 'closed')
           AND NOT EXISTS (SELECT FROM payment_event e WHERE e.refund_id = r.id
                              AND e.outcome = 'applied')""",
    # Where a refund was given up after the bill was written, the bill still has it under way.
    "bill_that_found_nothing_has_our_sums": """
        SELECT run.id, run.day, run.their_paid_fen, run.our_paid_fen, run.their_refunded_fen,
               run.our_refunded_fen
          FROM reconciliation run
         WHERE run.state = 'done' AND run.differences_count = 0
           AND (run.their_paid_fen <> run.our_paid_fen
                OR (run.their_refunded_fen <> run.our_refunded_fen
                    AND NOT EXISTS (SELECT FROM refund r WHERE r.bill_day = run.day
                                       AND r.state = 'closed')))""",
}
