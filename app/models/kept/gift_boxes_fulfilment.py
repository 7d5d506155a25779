"""How gift boxes reach their people."""

from app.models.kept import Keeping, Plain, Sort, Subject

_KEPT = "3 years: published figures rest on it"
_ACCOUNTS = "30 years: originals of the union's accounts"
_BY_ID = "random ids, times and states, which lead to a person through `member` alone"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it; members stand there by id"
_WHEREABOUTS = "boxes are handed out and counted by site"
_STAFFS_WORDS = "staff are told to write nothing personal there; whoever looks into a loss reads it"

TABLES = {
    "gift_boxes_fulfilment_rules": Keeping(
        Subject.NOBODY,
        purpose="to know when an order is closed, and what becomes of boxes nobody came for",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
    ),
    "gift_boxes_supplier": Keeping(
        Subject.STAFF,
        purpose="to show a supplier its own boxes and orders alone",
        starts="the account's end",
        keeps="as long as the account",
        erasure="none: nothing about members",
        plain="ids of an account and of a company",
    ),
    "gift_boxes_box_supplier": Keeping(
        Subject.COMPANY,
        purpose="to know whose a box is, and who is paid for it",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure="none: nothing about members",
    ),
    "gift_boxes_shipment": Keeping(
        Subject.MEMBER,
        purpose="to find a parcel",
        starts="its campaign's end",
        keeps="90 days, as the address",
        erasure="deleted",
        kinds=("gift_boxes_shipments",),
        plain=_BY_ID,
        columns={
            "carrier": Sort.INTERNAL,
            "number": Plain(
                Sort.PERSONAL,
                "a carrier shows where a parcel goes only to whoever knows the phone as well, "
                "which is sealed; staff look for parcels by it",
            ),
        },
    ),
    "gift_boxes_pickup": Keeping(
        Subject.MEMBER,
        purpose="to know which orders were handed out, so that none is twice",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="stays, and leads to nobody",
        kinds=("gift_boxes_pickups",),
        plain=_BY_ID,
        columns={
            "site_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "collected_at": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "reversed_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "reversal_reason": Plain(Sort.PERSONAL, _STAFFS_WORDS),
        },
    ),
    "gift_boxes_free_window": Keeping(
        Subject.NOBODY,
        purpose="to give free boxes to members in hardship first",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
    ),
    "gift_boxes_ask": Keeping(
        Subject.MEMBER,
        purpose="to know how somebody wants the free box that they asked for in a fair opening",
        starts="its campaign's end",
        keeps=f"{_KEPT}; the address 90 days",
        erasure="deleted",
        kinds=("gift_boxes_asks",),
        plain=_BY_ID,
        columns={
            "site_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "recipient_sealed": Sort.PERSONAL,
            "phone_sealed": Sort.PERSONAL,
            "address_sealed": Sort.SENSITIVE,
        },
    ),
    "gift_boxes_free_claim": Keeping(
        Subject.MEMBER,
        purpose="to prove that whoever was given a free box was entitled to it",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="stays, and leads to nobody",
        kinds=("gift_boxes_free_claims",),
        plain="an audit asks for the entitlement of each box that was given; it leads to a person "
        "through `member` alone",
        columns={
            "category": Plain(Sort.SENSITIVE, "whoever may have a box is found by it"),
            "source": Sort.INTERNAL,
        },
    ),
}
