"""Breakfast: what is kept of it."""

from app.models.kept import Keeping, Plain, Sort, Subject

_ACCOUNTS = "30 years: originals of the accounts with stores"
_DETACHED = "stays, and leads to nobody"
_BY_ID = "random ids, times and figures, which lead to a person through `member` alone"
_WHEREABOUTS = (
    "where somebody was and when, as long as the voucher leads to them; stores are paid by it, "
    "and each look at a member's vouchers is logged"
)
_WHO_ANSWERS = "whoever acts on behalf of the union, or the till, answers for it"
_CLERKS_WORDS = "a clerk's words about the act, seen by staff alone"

TABLES = {
    "breakfast_batch": Keeping(
        Subject.NOBODY,
        purpose="to plan a drop",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure="none: nothing about members",
        columns={
            "name": Sort.PUBLIC,
            "limit_group": Sort.INTERNAL,
            "eligible_categories": Sort.PUBLIC,
            "store_districts": Sort.PUBLIC,
            "store_ids": Sort.PUBLIC,
        },
    ),
    "breakfast_batch_history": Keeping(
        Subject.NOBODY,
        purpose="to know who started, paused and ended a drop, and why",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure="none: nothing about members",
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "asked_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason": Sort.INTERNAL,
        },
    ),
    "breakfast_voucher": Keeping(
        Subject.MEMBER,
        purpose="to give somebody a breakfast, once",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_DETACHED,
        kinds=("breakfast_vouchers",),
        plain=_BY_ID,
        columns={
            "code_digest": Sort.INTERNAL,
            "code_sealed": Sort.INTERNAL,
            "entitled_by": Plain(
                Sort.SENSITIVE,
                "one of three words, by which it was granted: the account rests on it, and an "
                "erasure leaves nobody whose it would be",
            ),
        },
    ),
    "breakfast_voucher_history": Keeping(
        Subject.MEMBER,
        purpose="to know who voided or reversed a voucher, and why",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_DETACHED,
        kinds=("breakfast_voucher_moves",),
        plain=_BY_ID,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason": Plain(Sort.PERSONAL, _CLERKS_WORDS),
        },
    ),
    "breakfast_redemption": Keeping(
        Subject.MEMBER,
        purpose="to pay a store for what it handed out",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_DETACHED,
        kinds=("breakfast_redemptions",),
        plain=_BY_ID,
        columns={
            "store_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "redeemed_at": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "redemption_no": Sort.INTERNAL,
            "reversal_reason": Plain(Sort.PERSONAL, _CLERKS_WORDS),
            "reversed_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
        },
    ),
    "breakfast_refused_redemption": Keeping(
        Subject.MEMBER,
        purpose="to see what goes wrong at tills, and who guesses codes",
        starts="its campaign's end",
        keeps="1 year",
        erasure=_DETACHED,
        kinds=("breakfast_refused_redemptions",),
        plain=_BY_ID,
        columns={
            "store_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "redeemed_at": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "redemption_no": Sort.INTERNAL,
            "code": Sort.INTERNAL,
        },
    ),
    "breakfast_dispute": Keeping(
        Subject.MEMBER,
        purpose="to decide which of two stores is paid",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_DETACHED,
        kinds=("breakfast_disputes",),
        plain=_BY_ID,
        columns={
            "store_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "redeemed_at": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "redemption_no": Sort.INTERNAL,
            "reason": Plain(Sort.PERSONAL, _CLERKS_WORDS),
            "decided_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
        },
    ),
}
