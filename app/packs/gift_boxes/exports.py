"""Gift boxes' orders as a file: what was ordered and what became of it; no name, no address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesLine, GiftBoxesOrder, GiftBoxesSite
from app.models.identity import Member
from app.models.states import Role
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.platform.pages import Keyset
from app.shared.exports import Column, Filters, Listing
from app.shared.exports.columns import Kind
from app.shared.identity.callers import Districts

ORDERS = "gift_boxes.orders"


@dataclass(frozen=True, slots=True)
class ListedLine:
    order_id: str
    member_no: str
    box: str
    quantity: int
    price_fen: int
    refunded_count: int
    kind: str
    state: str
    cause: str | None
    mode: str
    site: str | None
    placed_at: datetime
    paid_at: datetime | None


_LINE: tuple[Column[ListedLine], ...] = (
    Column("订单", "Order", lambda row: row.order_id),
    Column("会员号", "Member no.", lambda row: row.member_no),
    Column("礼盒", "Box", lambda row: row.box),
    Column("份数", "Quantity", lambda row: row.quantity, Kind.COUNT),
    Column("单价", "Price", lambda row: row.price_fen, Kind.YUAN),
    Column("已退份数", "Refunded", lambda row: row.refunded_count, Kind.COUNT),
    Column("类型", "Kind", lambda row: row.kind),
    Column("状态", "State", lambda row: row.state),
    Column("取消原因", "Why cancelled", lambda row: row.cause),
    Column("方式", "By", lambda row: row.mode),
    Column("自提点", "Site", lambda row: row.site),
    Column("下单时间", "Placed at", lambda row: row.placed_at, Kind.TIME),
    Column("付款时间", "Paid at", lambda row: row.paid_at, Kind.TIME),
)


def _select(filters: Filters, _: Districts) -> AnySelect:
    return (
        select(
            GiftBoxesOrder.id,
            Member.member_no,
            GiftBoxesBox.name,
            GiftBoxesLine.quantity,
            GiftBoxesLine.price_fen,
            GiftBoxesLine.refunded_count,
            GiftBoxesOrder.kind,
            GiftBoxesOrder.state,
            GiftBoxesOrder.cancel_cause,
            GiftBoxesOrder.mode,
            GiftBoxesSite.name,
            GiftBoxesOrder.placed_at,
            GiftBoxesOrder.paid_at,
        )
        .select_from(GiftBoxesLine)
        .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesLine.order_id)
        .join(GiftBoxesBox, GiftBoxesBox.id == GiftBoxesLine.box_id)
        .join(Member, Member.id == GiftBoxesOrder.member_id)
        .outerjoin(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesOrder.site_id)
        .where(*filters.of_days(GiftBoxesOrder.placed_at))
    )


def _line(row: Sequence[Any]) -> ListedLine:
    return ListedLine(str(row[0]), *row[1:13])


LISTINGS: tuple[Listing[Any], ...] = (
    Listing(
        name=ORDERS,
        title=Words("年货订单", "Orders of gift boxes"),
        columns=_LINE,
        keyset=Keyset(GiftBoxesLine.id),
        select=_select,
        shape=_line,
        takes=frozenset({"since", "until"}),
        roles=frozenset({Role.SHOP_MANAGER, Role.FINANCE, Role.AUDITOR}),
    ),
)
