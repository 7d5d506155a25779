"""Payments: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_ACCOUNTS = "30 years: originals of the union's accounts"
_STAYS = "stays, and leads to nobody"
_BY_RANDOM_ID = (
    "random ids, sums, times and words of enumerations, which lead to a person through `member` "
    "alone"
)
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it by name"
_STAFFS_WORDS = "staff's words about the union's own affairs; no personal data belongs there"

TABLES = {
    "payment": Keeping(
        Subject.MEMBER,
        purpose="to take money for something, once, and to account for it",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_STAYS,
        kinds=("payments",),
        plain=_BY_RANDOM_ID,
        columns={
            "payable_kind": Sort.INTERNAL,
            "number": Sort.INTERNAL,
            "description": Sort.PUBLIC,
            "prepay_no": Sort.INTERNAL,
            "transaction_no": Sort.INTERNAL,
            "received_currency": Sort.INTERNAL,
        },
    ),
    "payment_event": Keeping(
        Subject.MEMBER,
        purpose="to prove what the provider said, and when",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_STAYS,
        kinds=("payment_events",),
        plain=_BY_RANDOM_ID,
        columns={
            "notice_no": Sort.INTERNAL,
            "number": Sort.INTERNAL,
            "provider_state": Sort.INTERNAL,
            "currency": Sort.INTERNAL,
            "raw_sealed": Sort.PERSONAL,
        },
    ),
    "refund": Keeping(
        Subject.MEMBER,
        purpose="to give money back, once, and to account for it",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_STAYS,
        kinds=("refunds",),
        plain=_BY_RANDOM_ID,
        columns={
            "number": Sort.INTERNAL,
            "asked_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "reason": Plain(Sort.PERSONAL, _STAFFS_WORDS),
            "provider_no": Sort.INTERNAL,
        },
    ),
    "reconciliation": Keeping(
        Subject.NOBODY,
        purpose="to know that the provider's bill of a day and our accounts say the same",
        starts="its end",
        keeps=_ACCOUNTS,
        erasure="none: sums and counts",
        columns={
            "asked_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "failure": Sort.INTERNAL,
            "bill_sha1": Sort.INTERNAL,
        },
    ),
    "payment_difference": Keeping(
        Subject.STAFF,
        purpose="to settle where the provider and our accounts differ",
        starts="its resolution",
        keeps=_ACCOUNTS,
        erasure="none: numbers of payments, which stay",
        plain=_WHO_ANSWERS,
        columns={
            "number": Sort.INTERNAL,
            "our_state": Sort.INTERNAL,
            "their_state": Sort.INTERNAL,
            "resolution": Plain(Sort.PERSONAL, _STAFFS_WORDS),
        },
    ),
}
