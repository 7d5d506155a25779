"""Gift boxes."""

from app.models.kept import Keeping, Plain, Sort, Subject

_KEPT = "3 years: published figures rest on it"
_ACCOUNTS = "30 years: originals of the union's accounts"
_BY_ID = "random ids, sums, times and states, which lead to a person through `member` alone"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it; members stand there by id"
_WHEREABOUTS = "boxes are packed and counted by site"
_PART = "stays, and leads to nobody"

TABLES = {
    "gift_boxes_rules": Keeping(
        Subject.NOBODY,
        purpose="to know how long an order is held and an offer stands",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
    ),
    "gift_boxes_box": Keeping(
        Subject.NOBODY,
        purpose="to sell and to give boxes, and to prove what they cost elsewhere",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure="none: nothing about members",
        columns={"name": Sort.PUBLIC, "list_price_source": Sort.PUBLIC},
    ),
    "gift_boxes_content": Keeping(
        Subject.NOBODY,
        purpose="to say what is in a box",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure="none: nothing about members",
        columns={"name": Sort.PUBLIC},
    ),
    "gift_boxes_picture": Keeping(
        Subject.NOBODY,
        purpose="to show what a box looks like",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={"alt": Sort.PUBLIC, "alt_en": Sort.PUBLIC},
    ),
    "gift_boxes_site": Keeping(
        Subject.NOBODY,
        purpose="to know where and when boxes are picked up",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={"name": Sort.PUBLIC, "address": Sort.PUBLIC},
    ),
    "gift_boxes_box_site": Keeping(
        Subject.NOBODY,
        purpose="to know which box is had where",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
    ),
    "gift_boxes_order": Keeping(
        Subject.MEMBER,
        purpose="to hold, take money for, and hand over what somebody ordered or was given",
        starts="its campaign's end",
        keeps=f"{_ACCOUNTS}; the address 90 days",
        erasure="cancelled if it is unpaid; the address goes, the row stays and leads to nobody",
        kinds=("gift_boxes_orders",),
        plain=_BY_ID,
        columns={
            "site_id": Plain(Sort.SENSITIVE, _WHEREABOUTS),
            "recipient_sealed": Sort.PERSONAL,
            "phone_sealed": Sort.PERSONAL,
            "address_sealed": Sort.SENSITIVE,
        },
    ),
    "gift_boxes_line": Keeping(
        Subject.MEMBER,
        purpose="to know what was ordered, at which price",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_PART,
        kinds=("gift_boxes_orders",),
        plain=_BY_ID,
    ),
    "gift_boxes_unit": Keeping(
        Subject.MEMBER,
        purpose="to return exactly what was taken, once",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_PART,
        kinds=("gift_boxes_orders",),
        plain=_BY_ID,
    ),
    "gift_boxes_order_history": Keeping(
        Subject.MEMBER,
        purpose="to know what became of an order",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure="its reasons go, the row stays and leads to nobody",
        kinds=("gift_boxes_moves",),
        plain=_BY_ID,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason_sealed": Sort.PERSONAL,
        },
    ),
    "gift_boxes_refund": Keeping(
        Subject.MEMBER,
        purpose="to give back money of an order, and to know for what",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_PART,
        kinds=("gift_boxes_refunds",),
        plain=_BY_ID,
    ),
    "gift_boxes_refund_line": Keeping(
        Subject.MEMBER,
        purpose="to know which boxes a refund is for",
        starts="its campaign's end",
        keeps=_ACCOUNTS,
        erasure=_PART,
        kinds=("gift_boxes_refunds",),
        plain=_BY_ID,
    ),
}
