"""Breakfast in the campaign's report: from entries of the books, redemptions and histories, none
of which is ever changed. Test batches count nowhere.

What a till uploads later counts for its own time, and is known from its arrival; a redemption
that staff put in another's place, from their decision.
"""
# ruff: noqa: S608 - what is put together is all of this module.

from app.models.states import PackKind
from app.platform.errors import Words
from app.shared.identity.districts import member_district, store_district
from app.shared.report import Facts, Figure, Measure, PackReport, Part, Unit

_BATCHES = "breakfast_batch batch WHERE batch.campaign_id = :campaign AND NOT batch.test"
# Granted and not returned until then: the entries say both.
_GRANTS = f"""
    SELECT entry.at, entry.person_id AS who, 1 AS amount, voucher.entitled_by AS category,
           {member_district("entry.member_id", "entry.at")} AS district,
           voucher.id AS voucher_id, voucher.valid_until
      FROM stock_entry entry JOIN breakfast_voucher voucher ON voucher.id = entry.claim_id
     WHERE entry.pool_id IN (SELECT batch.pool_id FROM {_BATCHES})
       AND entry.quantity > 0 AND entry.at <= :as_of
       AND NOT EXISTS (SELECT FROM stock_entry back WHERE back.claim_id = entry.claim_id
                          AND back.quantity < 0 AND back.at <= :as_of)
"""
# All that were known by then, also those reversed since.
_SCANS = f"""
    SELECT scan.voucher_id, scan.redeemed_at, scan.reversed_at, scan.store_id,
           scan.face_value_fen, store.store_no, scan.received_at,
           COALESCE(decided.decided_at, scan.received_at) AS known_at
      FROM breakfast_redemption scan
      JOIN breakfast_voucher voucher ON voucher.id = scan.voucher_id
      JOIN store ON store.id = scan.store_id
      LEFT JOIN breakfast_dispute decided ON decided.second_redemption_id = scan.id
                AND decided.received_at = scan.received_at
     WHERE voucher.batch_id IN (SELECT batch.id FROM {_BATCHES})
       AND COALESCE(decided.decided_at, scan.received_at) <= :as_of
"""
_STANDING = "(scan.reversed_at IS NULL OR scan.reversed_at > :as_of)"
_STORES = (Part("store", Words("门店", "Store"), "SELECT store_no, name, name FROM store"),)
_CATEGORIES = (
    Part(
        "category",
        Words("类别", "Category"),
        "VALUES ('new_employment', '新就业形态劳动者', 'new-employment workers'),"
        " ('outdoor', '户外劳动者', 'outdoor workers'),"
        " ('new_employment|outdoor', '两类兼有', 'both'),"
        " ('outdoor|new_employment', '两类兼有', 'both'),"
        " ('hardship', '困难职工', 'members in hardship')",
    ),
)

GRANTED = Facts(_GRANTS, _CATEGORIES)
REDEEMED = Facts(
    f"""
    SELECT scan.redeemed_at AS at, scan.store_id AS who, scan.face_value_fen AS amount,
           {store_district("scan.store_id", "scan.received_at")} AS district,
           scan.store_no AS store
      FROM ({_SCANS}) scan WHERE {_STANDING}
    """,
    _STORES,
)
REVERSED = Facts(
    f"""
    SELECT scan.reversed_at AS at, scan.store_id AS who, 1 AS amount,
           {store_district("scan.store_id", "scan.reversed_at")} AS district,
           scan.store_no AS store
      FROM ({_SCANS}) scan WHERE scan.reversed_at <= :as_of
    """,
    _STORES,
)
EXPIRED = Facts(
    f"""
    SELECT held.valid_until - interval '1 microsecond' AS at, held.who, 1 AS amount,
           held.district
      FROM ({_GRANTS}) held
     WHERE held.valid_until <= :as_of
       AND NOT EXISTS (SELECT FROM ({_SCANS}) scan
                        WHERE scan.voucher_id = held.voucher_id AND {_STANDING})
    """
)
STARTED = Facts(
    """
    SELECT moved.at, batch.id AS who, CAST(NULL AS text) AS district,
           (SELECT entry.total_after FROM stock_entry entry
             WHERE entry.pool_id = batch.pool_id AND entry.at <= :as_of
             ORDER BY entry.seq DESC LIMIT 1) AS amount
      FROM breakfast_batch batch
      JOIN breakfast_batch_history moved ON moved.batch_id = batch.id
     WHERE batch.campaign_id = :campaign AND NOT batch.test
       AND moved.act = 'start' AND moved.at <= :as_of
    """,
    has_district=False,
)
STORES = Facts(
    f"""
    SELECT store.created_at AS at, store.id AS who, 1 AS amount,
           {store_district("store.id", ":as_of")} AS district
      FROM store WHERE store.created_at <= :as_of
    """
)

_AS_KNOWN = "以该时刻系统已收到的为准"
FIGURES = (
    Figure(
        "breakfast.stores",
        Words("合作门店", "Partner stores"),
        Words("截至该时刻登记的门店", "stores on the list by then"),
        Unit.STORES,
        STORES,
    ),
    Figure(
        "breakfast.budget",
        Words("早餐券总量", "Vouchers planned"),
        Words(
            "已启动批次的总量之和，按当时的总量；不分区市",
            "the totals, as they then were, of all batches started by then; of no district",
        ),
        Unit.VOUCHERS,
        STARTED,
        Measure.AMOUNT,
    ),
    Figure(
        "breakfast.participants",
        Words("参与人数", "Participants"),
        Words(
            "领到过早餐券（当时未作废）的自然人，多个账号算一人；分项之和不等于总数",
            "natural persons granted a voucher that was not void then, however many accounts; "
            "parts do not add up to the whole",
        ),
        Unit.PEOPLE,
        GRANTED,
        Measure.DIFFERENT,
    ),
    Figure(
        "breakfast.issued",
        Words("发放", "Issued"),
        Words(
            "已发放、当时未作废的券；按领取时间、领取时会员所在区市、凭以领取的类别",
            "vouchers granted and not void then; by when they were claimed, where the member "
            "then lived, and the category that entitled to it",
        ),
        Unit.VOUCHERS,
        GRANTED,
    ),
    Figure(
        "breakfast.redeemed",
        Words("核销", "Redeemed"),
        Words(
            f"已核销、当时未冲正的券；按核销时间、门店及其所在区市；{_AS_KNOWN}",
            "vouchers redeemed and not reversed then; by the time of redemption, the store and "
            "its district; as far as tills had sent it in by then",
        ),
        Unit.VOUCHERS,
        REDEEMED,
    ),
    Figure(
        "breakfast.redeemed_fen",
        Words("核销金额", "Value redeemed"),
        Words("已核销券的面值之和", "face value of the redeemed"),
        Unit.FEN,
        REDEEMED,
        Measure.AMOUNT,
    ),
    Figure(
        "breakfast.redeeming_stores",
        Words("有核销的门店", "Stores that redeemed"),
        Words(
            "至少核销一张券（当时未冲正）的门店",
            "different stores that had redeemed a voucher, not reversed then",
        ),
        Unit.STORES,
        REDEEMED,
        Measure.DIFFERENT,
    ),
    Figure(
        "breakfast.reversed",
        Words("冲正", "Reversed"),
        Words("冲正次数；按冲正时间、门店", "acts of reversal, by their time and store"),
        Unit.TIMES,
        REVERSED,
    ),
    Figure(
        "breakfast.expired",
        Words("过期", "Expired"),
        Words(
            f"当时已过有效期而未核销的券；按有效期最后一刻；{_AS_KNOWN}",
            "vouchers past their time and not redeemed then, by their last instant; as far as "
            "tills had sent it in by then",
        ),
        Unit.VOUCHERS,
        EXPIRED,
    ),
)
REPORT = PackReport(
    PackKind.BREAKFAST,
    FIGURES,
    funnel=(
        "breakfast.page_views",
        "breakfast.participants",
        "breakfast.issued",
        "breakfast.redeemed",
    ),
    clauses=(
        "{breakfast.stores:plain}家门店加入",
        "发放早餐券{breakfast.issued:plain}张、核销{breakfast.redeemed:plain}张",
        "{breakfast.participants:over}名户外劳动者参与",
        "页面浏览{breakfast.page_views:rough}次",
    ),
)
