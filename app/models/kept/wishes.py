"""Wishes: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_KEPT = "3 years: volunteers' service records and published figures rest on it"
_ANONYMOUS = "its texts go, the row stays and leads to nobody"
_DETACHED = "stays, and leads to nobody"
_BY_ID = "random ids, times and figures, which lead to a person through `member` alone"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it; members stand there by id"
_SCREENED = "screened before anybody reads it, and read by members once staff have approved it"
_HEALTH = "three answers yes or no, no findings; seen by staff alone and gone with an erasure"

TABLES = {
    "wish_kind": Keeping(
        Subject.NOBODY,
        purpose="to know which kinds of wish there are",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={"code": Sort.PUBLIC, "title": Sort.PUBLIC, "title_en": Sort.PUBLIC},
    ),
    "wish_limits": Keeping(
        Subject.NOBODY,
        purpose="to know how many wishes and claims a person may have open",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={},
    ),
    "wish": Keeping(
        Subject.MEMBER,
        purpose="to make a small wish come true",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_ANONYMOUS,
        kinds=("wishes",),
        plain=_BY_ID,
        columns={
            "kind": Sort.PUBLIC,
            "title": Plain(Sort.PERSONAL, _SCREENED),
            "detail": Plain(Sort.PERSONAL, _SCREENED),
            "original_sealed": Sort.SENSITIVE,
            "contact_phone_sealed": Sort.PERSONAL,
            "proxy_sealed": Sort.PERSONAL,
            "flags": Plain(
                Sort.SENSITIVE,
                "three words of staff's; seen by staff, and by nobody else but as a refusal",
            ),
        },
    ),
    "wish_history": Keeping(
        Subject.MEMBER,
        purpose="to know what became of a wish, and to count figures as of any time",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_ANONYMOUS,
        kinds=("wish_moves",),
        plain=_BY_ID,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason_sealed": Sort.SENSITIVE,
        },
    ),
    "wish_claim": Keeping(
        Subject.MEMBER,
        purpose="to know who has taken a wish on, and to record service hours",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_ANONYMOUS,
        kinds=("wish_claims",),
        plain=_BY_ID,
        columns={
            "evidence_sealed": Sort.SENSITIVE,
            "verified_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
        },
    ),
    "wish_evidence_file": Keeping(
        Subject.MEMBER,
        purpose="to know which pictures belong to a claim",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="deleted",
        kinds=("wish_claims",),
        plain=_BY_ID,
    ),
    "wish_dispatch": Keeping(
        Subject.MEMBER,
        purpose="to ask a volunteer to take a wish on",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_ANONYMOUS,
        kinds=("wish_dispatches",),
        plain=_BY_ID,
        columns={
            "offered_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "reason_sealed": Sort.PERSONAL,
        },
    ),
    "wish_rating": Keeping(
        Subject.MEMBER,
        purpose="to learn how it was for both sides",
        starts="its campaign's end",
        keeps="1 year",
        erasure="deleted",
        kinds=("wish_ratings",),
        plain=_BY_ID,
        columns={"comment_sealed": Sort.PERSONAL},
    ),
    "wish_contact_showing": Keeping(
        Subject.MEMBER,
        purpose="to tell a wisher when a volunteer saw the contact",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_DETACHED,
        kinds=("wish_contact_showings",),
        plain=_BY_ID,
    ),
    "wish_volunteer": Keeping(
        Subject.MEMBER,
        purpose="to send somebody suitable to minors, into homes, to people who live alone",
        starts="its campaign's end",
        keeps="1 year",
        erasure="deleted",
        kinds=("wish_suitability",),
        plain=_BY_ID,
        columns={
            "is_healthy": Plain(Sort.SENSITIVE, _HEALTH),
            "recorded_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
        },
    ),
}
