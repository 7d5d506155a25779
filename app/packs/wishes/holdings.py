"""What wishes hold of stock, and their own checks, for `verify` and the conservation page."""

from sqlalchemy import select

from app.models.wishes import Wish, WishClaim
from app.packs.wishes.post import POOL_KIND
from app.packs.wishes.rules import LIVE_CLAIMS
from app.shared.stock import Holdings

HOLDINGS = Holdings(
    kind=POOL_KIND,
    live=select(WishClaim.id.label("claim_id"), Wish.pool_id.label("pool_id"))
    .join(Wish, Wish.id == WishClaim.wish_id)
    .where(WishClaim.state.in_(sorted(LIVE_CLAIMS))),
)

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    "wish_history_is_a_chain": """
        SELECT wish_id, id, from_state, before FROM (
            SELECT h.*, lag(to_state) OVER (PARTITION BY wish_id ORDER BY number) AS before
              FROM wish_history h) s
         WHERE from_state IS DISTINCT FROM before""",
    "wish_history_ends_where_the_wish_is": """
        SELECT w.id, w.state, last.to_state, c.state
          FROM wish w
          JOIN LATERAL (SELECT to_state FROM wish_history h WHERE h.wish_id = w.id
                         ORDER BY number DESC LIMIT 1) last ON true
          LEFT JOIN wish_claim c ON c.wish_id = w.id
                                AND c.state IN ('claimed', 'in_progress', 'submitted')
         WHERE last.to_state IS DISTINCT FROM
               CASE WHEN w.state = 'open' THEN coalesce(c.state, 'open') ELSE w.state END""",
    "wish_pool_grants_while_it_is_open": """
        SELECT w.id, w.state, p.state FROM wish w JOIN stock_pool p ON p.id = w.pool_id
         WHERE (w.state = 'open') <> (p.state = 'running') OR p.total <> 1
            OR (w.state = 'open' AND p.closes_at <> w.needed_by)""",
    "wish_fulfilled_by_one_claim": """
        SELECT w.id, w.state, count(c.id) FROM wish w
          LEFT JOIN wish_claim c ON c.wish_id = w.id AND c.state = 'fulfilled'
         GROUP BY w.id
        HAVING count(c.id) <> CASE WHEN w.state = 'fulfilled' THEN 1 ELSE 0 END""",
    "wish_claim_belongs_to_granted_member": """
        SELECT c.id FROM wish_claim c
          JOIN stock_entry e ON e.claim_id = c.id AND e.quantity > 0
         WHERE e.member_id <> c.member_id OR e.at <> c.claimed_at""",
    "wish_with_flags_was_approved_by_two": """
        SELECT id FROM wish
         WHERE state IN ('open', 'fulfilled') AND cardinality(flags) > 0
           AND endorsed_by IS NULL""",
    "erased_wish_tells_nothing": """
        SELECT id FROM wish WHERE erased_at IS NOT NULL AND (title <> '' OR detail <> '')""",
}
