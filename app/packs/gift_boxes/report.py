"""Gift boxes in the campaign's report: from the histories of orders, and refunds by when they
were asked for."""
# ruff: noqa: S608 - what is put together is all of this module.

from app.models.states import PackKind
from app.platform.errors import Words
from app.shared.identity.districts import member_district
from app.shared.report import Facts, Figure, Measure, PackReport, Unit

# Every order, and as what its last move until then left it.
_ORDERS = f"""
    SELECT sale.id, sale.kind, sale.placed_at AS at, buyer.person_id AS who,
           {member_district("buyer.id", "sale.placed_at")} AS district,
           (SELECT last.to_state FROM gift_boxes_order_history last
             WHERE last.order_id = sale.id AND last.at <= :as_of
             ORDER BY last.number DESC LIMIT 1) AS stood_as
      FROM gift_boxes_order sale JOIN member buyer ON buyer.id = sale.member_id
     WHERE sale.campaign_id = :campaign AND sale.placed_at <= :as_of
"""
_KEPT = f"""
    SELECT * FROM ({_ORDERS}) sale
     WHERE sale.stood_as IN ('paid', 'packed', 'shipped', 'picked_up', 'closed')
"""


def _boxes(kind: str) -> Facts:
    """What was not given back of orders that stood, by when they were placed."""
    return Facts(
        f"""SELECT kept.at, kept.who, kept.district,
                   line.quantity - coalesce(
                       (SELECT sum(part.quantity) FROM gift_boxes_refund_line part
                          JOIN gift_boxes_refund back ON back.id = part.refund_id
                         WHERE part.line_id = line.id AND back.asked_at <= :as_of), 0) AS amount
              FROM ({_KEPT}) kept JOIN gift_boxes_line line ON line.order_id = kept.id
             WHERE kept.kind = '{kind}'"""
    )


ENTERED = Facts(
    f"""SELECT at, who, 1 AS amount, district FROM ({_ORDERS}) sale
        UNION ALL
        SELECT entry.joined_at, entry.person_id, 1,
               {member_district("entry.member_id", "entry.joined_at")}
          FROM waiting_entry entry JOIN gift_boxes_box box ON box.sold_pool_id = entry.pool_id
         WHERE box.campaign_id = :campaign AND entry.joined_at <= :as_of"""
)
BOUGHT = Facts(f"SELECT at, who, 1 AS amount, district FROM ({_KEPT}) kept WHERE kind = 'sold'")

FIGURES = (
    Figure(
        "gift_boxes.participants",
        Words("参与人数", "Participants"),
        Words(
            "下过单（含未付款、取消的）、领过免费礼盒或排过候补的自然人",
            "natural persons who had ordered, paid or not, had a free box, or taken a place on a "
            "list",
        ),
        Unit.PEOPLE,
        ENTERED,
        Measure.DIFFERENT,
    ),
    Figure(
        "gift_boxes.buyers",
        Words("购买人数", "Buyers"),
        Words(
            "当时有已付款且未全额退款订单的自然人",
            "natural persons with an order that was paid then and not given back as a whole",
        ),
        Unit.PEOPLE,
        BOUGHT,
        Measure.DIFFERENT,
    ),
    Figure(
        "gift_boxes.boxes",
        Words("售出份数", "Boxes"),
        Words(
            "当时已付款且未退的份数，不含免费礼盒；按下单时间、会员所在区市",
            "boxes that were paid and not given back then, free ones aside; by when they were "
            "ordered and where the member then lived",
        ),
        Unit.BOXES,
        _boxes("sold"),
        Measure.AMOUNT,
    ),
    Figure(
        "gift_boxes.free_boxes",
        Words("免费礼盒", "Free boxes"),
        Words("当时已发出且未收回的免费礼盒份数", "free boxes that were given and not returned"),
        Unit.BOXES,
        _boxes("free"),
        Measure.AMOUNT,
    ),
)
REPORT = PackReport(
    PackKind.GIFT_BOXES,
    FIGURES,
    funnel=(
        "gift_boxes.page_views",
        "gift_boxes.participants",
        "gift_boxes.buyers",
    ),
    clauses=(
        "吸引{gift_boxes.participants:plain}人参与，页面浏览{gift_boxes.page_views:over}次",
        "售出年货礼盒{gift_boxes.boxes:plain}份",
        "送出免费礼盒{gift_boxes.free_boxes:plain}份",
    ),
)
