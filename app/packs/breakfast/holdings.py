"""What breakfast holds of stock, and its own checks, for `verify` and the conservation page."""

from sqlalchemy import select

from app.models.breakfast import Batch, Voucher
from app.models.states import VoucherState
from app.packs.breakfast.plan import POOL_KIND
from app.shared.stock import Holdings

HOLDINGS = Holdings(
    kind=POOL_KIND,
    live=select(Voucher.id.label("claim_id"), Batch.pool_id.label("pool_id"))
    .join(Batch, Batch.id == Voucher.batch_id)
    .where(Voucher.state != VoucherState.VOID),
)

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    "breakfast_redeemed_has_one_live_redemption": """
        SELECT v.id, v.state, count(r.id)
          FROM breakfast_voucher v
          LEFT JOIN breakfast_redemption r ON r.voucher_id = v.id AND r.state = 'redeemed'
         GROUP BY v.id
        HAVING count(r.id) <> CASE WHEN v.state = 'redeemed' THEN 1 ELSE 0 END""",
    "breakfast_redemption_pays_face_value": """
        SELECT r.id, r.face_value_fen, v.face_value_fen
          FROM breakfast_redemption r JOIN breakfast_voucher v ON v.id = r.voucher_id
         WHERE r.face_value_fen <> v.face_value_fen""",
    "breakfast_reversals_counted": """
        SELECT v.id, v.reversals_count, count(r.id)
          FROM breakfast_voucher v
          LEFT JOIN breakfast_redemption r ON r.voucher_id = v.id AND r.state = 'reversed'
         GROUP BY v.id HAVING count(r.id) <> v.reversals_count""",
    "breakfast_voucher_belongs_to_granted_member": """
        SELECT v.id FROM breakfast_voucher v
          JOIN stock_entry e ON e.claim_id = v.id AND e.quantity > 0
         WHERE e.member_id <> v.member_id OR e.at <> v.issued_at""",
    "breakfast_dispute_decided_as_the_books_say": """
        SELECT d.id, d.decision, d.second_redemption_id
          FROM breakfast_dispute d
          JOIN breakfast_voucher v ON v.id = d.voucher_id
          LEFT JOIN breakfast_redemption r ON r.id = d.second_redemption_id
         WHERE (d.decision IS NOT DISTINCT FROM 'second_stands') <> (r.id IS NOT NULL)
            OR r.voucher_id <> d.voucher_id OR r.store_id <> d.store_id
            OR r.redemption_no <> d.redemption_no
            OR d.compensation_fen NOT IN (0, v.face_value_fen)""",
}
