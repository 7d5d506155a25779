"""A supplier's sheet: payments less refunds of its boxes, line by line, of some days.

The sheets of all suppliers and of the union's own boxes are together what the payments room has
(`./run verify` checks it). No member is named in it.
"""

# ruff: noqa: S608 - what is put together is all of this pack.

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from app.models.identity import Merchant
from app.models.states import ExportFormat
from app.packs.gift_boxes.supplier_money import MONEY
from app.packs.gift_boxes.suppliers import Share, share_of
from app.platform.clock import day_end, day_start
from app.platform.db import Sessions
from app.platform.errors import NotFound, Words
from app.shared.exports import Column, Kind, file_of_rows
from app.shared.exports.refusals import TooManyRows
from app.shared.identity.callers import StaffMember

MOST_ROWS = 50_000
TITLE = Words("供应商对账单", "Supplier sheet")
_SHEET = text(f"""
    SELECT m.kind, merchant.name AS supplier, m.at, m.order_id, box.name AS box, m.quantity,
           m.price_fen, m.amount_fen
      FROM ({MONEY}) m
      JOIN gift_boxes_box box ON box.id = m.box_id
      LEFT JOIN gift_boxes_box_supplier mine ON mine.box_id = m.box_id
      LEFT JOIN merchant ON merchant.id = mine.merchant_id
     WHERE m.at >= :since AND m.at < :until
       AND (CAST(:merchant AS uuid) IS NULL OR mine.merchant_id = :merchant)
     ORDER BY m.at, m.order_id, m.kind, m.number
     LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """Money of a line of an order, in or (negative) back. The last line is the sum of all."""

    kind: str
    supplier: str | None
    at: datetime | None
    order_id: UUID | None
    box: str | None
    quantity: int
    price_fen: int | None
    amount_fen: int


_COLUMNS: tuple[Column[SheetLine], ...] = (
    Column("类型", "Kind", lambda row: row.kind),
    Column("供应商", "Supplier", lambda row: row.supplier),
    Column("时间", "At", lambda row: row.at, Kind.TIME),
    Column("订单", "Order", lambda row: row.order_id and str(row.order_id)),
    Column("礼盒", "Box", lambda row: row.box),
    Column("份数", "Quantity", lambda row: row.quantity, Kind.COUNT),
    Column("单价", "Price", lambda row: row.price_fen, Kind.YUAN),
    Column("金额", "Amount", lambda row: row.amount_fen, Kind.YUAN),
)


async def supplier_sheet(
    sessions: Sessions,
    *,
    staff: StaffMember,
    merchant_id: UUID | None,
    since: date,
    until: date,
    form: ExportFormat,
) -> bytes:
    """Of these Shanghai days, both within: payments by when they counted, refunds by when they
    were asked for. Without `merchant_id` of everybody within the caller's reach.

    Raises `NotFound` (no such merchant, or not the caller's), `TooManyRows`.
    """
    async with sessions() as session:
        share = await share_of(session, staff)
        wanted = _within(share, merchant_id)
        if wanted is not None and await session.get(Merchant, wanted) is None:
            raise NotFound()
        rows = await session.execute(
            _SHEET,
            {
                "since": day_start(since),
                "until": day_end(until),
                "merchant": wanted,
                "most": MOST_ROWS + 1,
            },
        )
        lines = [SheetLine(*row) for row in rows]
    if len(lines) > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    return await file_of_rows([*lines, _sum(lines)], form=form, title=TITLE, columns=_COLUMNS)


def _within(share: Share, merchant_id: UUID | None) -> UUID | None:
    """Whose sheet it is; None is everybody's. Raises `NotFound`."""
    if share.is_all:
        return merchant_id
    if share.merchant_id is None or merchant_id not in {None, share.merchant_id}:
        raise NotFound()
    return share.merchant_id


def _sum(lines: Sequence[SheetLine]) -> SheetLine:
    quantity = sum(line.quantity for line in lines)
    return SheetLine(
        "sum", None, None, None, None, quantity, None, sum(line.amount_fen for line in lines)
    )
