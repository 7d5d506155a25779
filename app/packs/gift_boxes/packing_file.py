"""The packing list as a file, with the addresses of what is to be sent: each member can read that
theirs was handed on, and nobody's number, identity or phone at the union, is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder
from app.models.states import ExportFormat
from app.models.states_gift_boxes import DeliveryMode
from app.packs.gift_boxes.acts import ORDER
from app.packs.gift_boxes.fulfilment_rules import MOST_FILE_ROWS
from app.packs.gift_boxes.order_queries import OrderFacts, find_orders
from app.packs.gift_boxes.packing import PackingFilters, PackingLine, select_lines
from app.packs.gift_boxes.seals import ADDRESS, PHONE, RECIPIENT
from app.packs.gift_boxes.suppliers import Share, share_of
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import Words
from app.shared.exports import Column, Kind, file_of_rows
from app.shared.exports.refusals import TooManyRows
from app.shared.identity.callers import Actor, StaffMember
from app.shared.ledger import Act, write
from app.shared.personal_data import AccessKind, log_access

TITLE = Words("年货打包单", "Packing list")
PACK = AccessKind(
    "gift_boxes.pack",
    Words(
        "打包寄送您的年货时，您的收货人姓名、电话和地址被导出。",
        "Your order was packed: the recipient's name, phone and address were in the list.",
    ),
)


@dataclass(frozen=True, slots=True)
class FileLine:
    line: PackingLine
    recipient: str | None
    phone: str | None
    address: str | None


_COLUMNS: tuple[Column[FileLine], ...] = (
    Column("订单", "Order", lambda row: str(row.line.order_id)),
    Column("状态", "State", lambda row: row.line.state),
    Column("类型", "Kind", lambda row: row.line.kind),
    Column("礼盒", "Box", lambda row: row.line.box),
    Column("份数", "Quantity", lambda row: row.line.quantity, Kind.COUNT),
    Column("方式", "By", lambda row: row.line.mode),
    Column("自提点", "Site", lambda row: row.line.site),
    Column("收货人", "Recipient", lambda row: row.recipient),
    Column("电话", "Phone", lambda row: row.phone),
    Column("地址", "Address", lambda row: row.address),
    Column("下单时间", "Placed at", lambda row: row.line.placed_at, Kind.TIME),
)


async def packing_file(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    staff: StaffMember,
    actor: Actor,
    filters: PackingFilters,
    form: ExportFormat,
) -> bytes:
    """Raises `TooManyRows`."""
    async with sessions.begin() as session:
        share = await share_of(session, staff)
        statement = select_lines(share, filters).order_by(GiftBoxesOrder.placed_at)
        rows = (await session.execute(statement.limit(MOST_FILE_ROWS + 1))).all()
        if len(rows) > MOST_FILE_ROWS:
            raise TooManyRows(most=MOST_FILE_ROWS)
        lines = [PackingLine(*row) for row in rows]
        sent = await _orders_to_send(session, share, lines)
        await _log(session, clock, staff, actor, list(sent.values()), at=clock.now())
    shown = [_shown(sealer, line, sent.get(line.order_id)) for line in lines]
    return await file_of_rows(shown, form=form, title=TITLE, columns=_COLUMNS)


async def _orders_to_send(
    session: AsyncSession, share: Share, lines: Sequence[PackingLine]
) -> dict[UUID, OrderFacts]:
    """Those whose address whoever asks needs: they go to one, and are wholly of their share."""
    ids = {line.order_id for line in lines if line.mode is DeliveryMode.DELIVERY}
    found = await find_orders(session, GiftBoxesOrder.id.in_(ids), share.of_whole_order())
    return {each.id: each for each in found}


async def _log(
    session: AsyncSession,
    clock: Clock,
    staff: StaffMember,
    actor: Actor,
    orders: Sequence[OrderFacts],
    *,
    at: datetime,
) -> None:
    await log_access(
        session,
        clock,
        PACK,
        staff_id=staff.id,
        roles=staff.roles,
        member_ids=[each.member_id for each in orders],
    )
    acts = [Act(actor, "gift_boxes.order.show_address", ORDER, each.id, at=at) for each in orders]
    await write(session, acts)


def _shown(sealer: Sealer, line: PackingLine, order: OrderFacts | None) -> FileLine:
    opened: list[Any] = [None, None, None]
    if order is not None:
        opened = [
            RECIPIENT.open_if_any(sealer, order.recipient_sealed),
            PHONE.open_if_any(sealer, order.phone_sealed),
            ADDRESS.open_if_any(sealer, order.address_sealed),
        ]
    return FileLine(line, *opened)
