"""Approvals: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_WHO_ANSWERS = "whoever acts on behalf of the union answers for it by name"
_STAFFS_WORDS = "staff's words about the union's own affairs; no personal data belongs there"

TABLES = {
    "approval": Keeping(
        Subject.STAFF,
        purpose="to know who asked for an act and who else agreed to it",
        starts="the decision",
        keeps="10 years, with the accounts",
        erasure="none: nothing about members",
        plain=_WHO_ANSWERS,
        columns={
            "kind": Sort.INTERNAL,
            "object_kind": Sort.INTERNAL,
            "payload": Sort.INTERNAL,
            "private_sealed": Sort.SENSITIVE,
            "summary_zh": Sort.INTERNAL,
            "summary_en": Sort.INTERNAL,
            "reason": Plain(Sort.PERSONAL, _STAFFS_WORDS),
            "decision_reason": Plain(Sort.PERSONAL, _STAFFS_WORDS),
            "refusal": Sort.INTERNAL,
        },
    ),
    "approval_threshold": Keeping(
        Subject.NOBODY,
        purpose="to know from which amount on an act needs a second person",
        starts="-",
        keeps="for good",
        erasure="none: figures",
        columns={"kind": Sort.INTERNAL},
    ),
    "unapproved_act": Keeping(
        Subject.NOBODY,
        purpose="to count slices of one amount together",
        starts="the act",
        keeps="for good; only the last 24 hours count",
        erasure="none: figures",
        columns={"kind": Sort.INTERNAL},
    ),
}
