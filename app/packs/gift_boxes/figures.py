"""Gift boxes in figures: one definition each (`docs/gift-boxes.md`), counted from the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.shared.campaigns import current_campaign

DEFINITIONS: dict[str, Words] = {
    "views": Words("礼包页面的浏览次数", "views of the pack's page"),
    "participants": Words(
        "下过单（含未付款、取消的）、领过免费礼盒或排过候补的自然人",
        "natural persons who ordered, paid or not, had a free box, or took a place on a list",
    ),
    "buyers": Words(
        "有已付款且未全额退款订单的自然人",
        "natural persons with an order that is paid and not given back as a whole",
    ),
    "boxes": Words(
        "已付款且未退的份数，不含免费礼盒",
        "boxes that are paid and not given back, free ones aside",
    ),
    "free_boxes": Words("发出的免费礼盒份数", "free boxes that were given"),
    "kept_fen": Words(
        "实收减已退（含退款中）的金额", "what was paid less what went back or is on its way"
    ),
}

_FIGURES = text("""
    WITH sale AS (
        SELECT o.id, o.kind, o.amount_fen, o.refunded_fen, o.paid_at, o.state, m.person_id
          FROM gift_boxes_order o JOIN member m ON m.id = o.member_id
         WHERE o.campaign_id = :campaign
    ), kept AS (
        SELECT sale.* FROM sale
         WHERE state IN ('paid', 'packed', 'shipped', 'picked_up', 'closed')
    ), waiters AS (
        SELECT entry.person_id FROM waiting_entry entry
          JOIN gift_boxes_box box ON box.sold_pool_id = entry.pool_id
         WHERE box.campaign_id = :campaign
    )
    SELECT (SELECT coalesce(sum(seen.views), 0) FROM pack_views seen
              JOIN pack ON pack.id = seen.pack_id
             WHERE pack.campaign_id = :campaign AND pack.kind = 'gift_boxes') AS views,
           (SELECT count(*) FROM (SELECT person_id FROM sale
                                   UNION SELECT person_id FROM waiters) p) AS participants,
           (SELECT count(DISTINCT person_id) FROM kept WHERE kind = 'sold') AS buyers,
           (SELECT coalesce(sum(line.quantity - line.refunded_count), 0) FROM kept
              JOIN gift_boxes_line line ON line.order_id = kept.id
             WHERE kept.kind = 'sold') AS boxes,
           (SELECT coalesce(sum(line.quantity), 0) FROM kept
              JOIN gift_boxes_line line ON line.order_id = kept.id
             WHERE kept.kind = 'free') AS free_boxes,
           (SELECT coalesce(sum(amount_fen - refunded_fen), 0) FROM sale
             WHERE paid_at IS NOT NULL) AS kept_fen
""")
_BOXES = text("""
    SELECT box.id, box.name, pool.total, pool.total - pool.issued AS left,
           (SELECT count(*) FROM gift_boxes_unit unit
              JOIN gift_boxes_line line ON line.id = unit.line_id
              JOIN gift_boxes_order o ON o.id = line.order_id
             WHERE unit.pool_id = pool.id AND unit.state = 'held' AND o.state = 'placed') AS held,
           (SELECT count(*) FROM waiting_offer offer
             WHERE offer.pool_id = pool.id AND offer.state = 'open') AS offered,
           (SELECT coalesce(sum(line.quantity - line.refunded_count), 0)
              FROM gift_boxes_line line JOIN gift_boxes_order o ON o.id = line.order_id
             WHERE line.box_id = box.id AND o.kind = 'sold'
               AND o.state IN ('paid', 'packed', 'shipped', 'picked_up', 'closed')) AS sold,
           (SELECT coalesce(sum(line.refunded_count), 0) FROM gift_boxes_line line
             WHERE line.box_id = box.id) AS refunded,
           (SELECT count(*) FROM waiting_entry entry
             WHERE entry.pool_id = pool.id AND entry.state = 'waiting') AS waiting
      FROM gift_boxes_box box JOIN stock_pool pool ON pool.id = box.sold_pool_id
     WHERE box.campaign_id = :campaign
     ORDER BY box.opens_at, box.id
""")


@dataclass(frozen=True, slots=True)
class BoxFigures:
    """`held`: unpaid, with a due time; `offered`: kept for who waits; `waiting`: places."""

    box_id: UUID
    name: str
    total: int
    left: int
    held: int
    offered: int
    sold: int
    refunded: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Figures:
    views: int
    participants: int
    buyers: int
    boxes: int
    free_boxes: int
    kept_fen: int
    by_box: Sequence[BoxFigures]
    as_of: datetime


async def read_figures(sessions: Sessions, clock: Clock) -> Figures:
    """The current campaign's, in one snapshot. Raises `NotFound`."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        about = {"campaign": (await current_campaign(session)).id}
        row = (await session.execute(_FIGURES, about)).one()
        boxes = [BoxFigures(*each) for each in await session.execute(_BOXES, about)]
    return Figures(
        views=int(row.views),
        participants=row.participants,
        buyers=row.buyers,
        boxes=int(row.boxes),
        free_boxes=int(row.free_boxes),
        kept_fen=int(row.kept_fen),
        by_box=boxes,
        as_of=clock.now(),
    )
