"""Couplets."""

from app.models.kept import Keeping, Plain, Sort, Subject

_KEPT = "3 years: published figures rest on it"
_DETACHED = "stays, and leads to nobody"
_BY_ID = "random ids, times and states, which lead to a person through `member` alone"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it; members stand there by id"
_STAFFS_WORDS = "staff's own words on a wrong hand-out, read by staff alone"
_WHEREABOUTS = "statistics and double hand-outs are looked for by site and time"

TABLES = {
    "couplets_event": Keeping(
        Subject.NOBODY,
        purpose="to announce a live session, and to know its rules",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={
            "title": Sort.PUBLIC,
            "stream_url": Sort.PUBLIC,
            "replay_url": Sort.PUBLIC,
        },
    ),
    "couplets_variant": Keeping(
        Subject.NOBODY,
        purpose="to know what is written, and how many pairs there are",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={"title": Sort.PUBLIC, "wording": Sort.PUBLIC, "size": Sort.PUBLIC},
    ),
    "couplets_site": Keeping(
        Subject.NOBODY,
        purpose="to know where and when pairs are picked up",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={"name": Sort.PUBLIC, "address": Sort.PUBLIC},
    ),
    "couplets_reservation": Keeping(
        Subject.MEMBER,
        purpose="to keep a pair for a member, or for whom the member names",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="cancelled if it is live; recipient and code go, the row stays and leads to nobody",
        kinds=("couplets_reservations",),
        plain=_BY_ID,
        columns={
            "recipient_name_sealed": Sort.PERSONAL,
            "recipient_phone_sealed": Sort.PERSONAL,
            "recipient_last4_digest": Sort.PERSONAL,
            "proxy_code_sealed": Sort.PERSONAL,
            "proxy_code_digest": Sort.PERSONAL,
        },
    ),
    "couplets_reservation_history": Keeping(
        Subject.MEMBER,
        purpose="to know what became of a reservation",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="its reasons go, the row stays and leads to nobody",
        kinds=("couplets_moves",),
        plain=_BY_ID,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason_sealed": Sort.PERSONAL,
        },
    ),
    "couplets_pickup": Keeping(
        Subject.MEMBER,
        purpose="to know which pairs were handed out, so that none is twice",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_DETACHED,
        kinds=("couplets_pickups",),
        plain=_BY_ID,
        columns={
            "site_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "collected_at": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "pickup_no": Sort.INTERNAL,
            "reversed_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "reversal_reason": Plain(Sort.PERSONAL, _STAFFS_WORDS),
        },
    ),
    "couplets_dispute": Keeping(
        Subject.MEMBER,
        purpose="to find out where a pair is that two desks handed out",
        starts="its campaign's end",
        keeps="1 year",
        erasure=_DETACHED,
        kinds=("couplets_disputes",),
        plain=_BY_ID,
        columns={
            "site_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "collected_at": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "pickup_no": Sort.INTERNAL,
        },
    ),
    "couplets_wait": Keeping(
        Subject.MEMBER,
        purpose="to know at which site somebody waits for which pair",
        starts="its campaign's end",
        keeps="1 year",
        erasure="deleted; who waits leaves the list",
        kinds=("couplets_waits",),
        plain=_BY_ID,
    ),
    "couplets_ask": Keeping(
        Subject.MEMBER,
        purpose="to know which pair somebody wants who asked in a fair opening",
        starts="its campaign's end",
        keeps="1 year",
        erasure="deleted; their turn passes",
        kinds=("couplets_asks",),
        plain=_BY_ID,
    ),
}
