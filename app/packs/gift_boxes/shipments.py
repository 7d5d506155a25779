"""Parcels from a file: an order a row, with its carrier and its number there. A row that is wrong
stops nothing; the same file again changes nothing; another number for what is on its way corrects
it.

Columns: `order_no, carrier, number`. `order_no` is the order's id, as the packing list has it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder
from app.models.gift_boxes_fulfilment import GiftBoxesShipment
from app.models.states_gift_boxes import DeliveryMode, OrderState
from app.packs.gift_boxes.acts import order_act
from app.packs.gift_boxes.fulfilment_rules import MOST_CARRIER
from app.packs.gift_boxes.life import take
from app.packs.gift_boxes.order_queries import OrderFacts, lock_orders
from app.packs.gift_boxes.packing import within
from app.packs.gift_boxes.suppliers import share_of
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.platform.ids import new_id
from app.shared.identity.callers import Actor, StaffMember
from app.shared.imports import ImportReport
from app.shared.imports.csv_rows import Row
from app.shared.imports.faults import (
    DUPLICATE_IN_FILE,
    RowFault,
    RowRefusal,
    RowRefused,
    refusal,
)
from app.shared.imports.tables import Columns, table_rows
from app.shared.imports.values import number_of, text_of
from app.shared.ledger import Act, write
from app.shared.outbox import NewJob, put

COLUMNS = Columns(("order_no", "carrier", "number"))
# So many orders are locked at once.
CHUNK_ROWS = 100
TELL_SHIPPED = "gift_boxes.tell_shipped"

ORDER_UNKNOWN = RowFault("order_unknown", Words("没有这张订单", "there is no such order"))
ORDER_NOT_PACKED = RowFault(
    "order_not_packed", Words("订单不在已打包状态", "the order is not packed")
)
ORDER_NOT_SENT = RowFault(
    "order_not_sent", Words("这张订单是自提的", "the order is picked up, not sent")
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A row as it was read."""

    line: int
    order_id: UUID
    carrier: str
    number: str


@dataclass
class _Read:
    parcels: list[Parcel] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    rows: int = 0


async def import_shipments(
    sessions: Sessions, clock: Clock, *, staff: StaffMember, actor: Actor, file: BinaryIO
) -> ImportReport:
    """Packed orders are on their way by this; of a supplier those alone that are wholly its own.

    A hundred rows are one transaction: what breaks off has taken those before, and goes on from
    there with the same file. Raises the refusals of a file.
    """
    # Work for the processor: other requests go on meanwhile.
    read = await asyncio.to_thread(_read, table_rows(file, COLUMNS))
    report = ImportReport(read=read.rows, refused=len(read.refusals), refusals=read.refusals)
    for start in range(0, len(read.parcels), CHUNK_ROWS):
        async with sessions.begin() as session:
            chunk = read.parcels[start : start + CHUNK_ROWS]
            await _ship_all(session, report, chunk, staff=staff, actor=actor, now=clock.now())
    async with sessions.begin() as session:
        counts = f"read {report.read}, added {report.added}, changed {report.changed}, " + (
            f"refused {report.refused}"
        )
        act = Act(
            actor,
            "gift_boxes.order.import_shipments",
            "import",
            new_id(),
            at=clock.now(),
            reason=counts,
        )
        await write(session, [act])
    report.refusals.sort(key=lambda each: each.line)
    return report


async def _ship_all(
    session: AsyncSession,
    report: ImportReport,
    parcels: Sequence[Parcel],
    *,
    staff: StaffMember,
    actor: Actor,
    now: datetime,
) -> None:
    share = await share_of(session, staff)
    ids = [each.order_id for each in parcels]
    locked = await within(session, share, await lock_orders(session, GiftBoxesOrder.id.in_(ids)))
    orders = {each.id: each for each in locked}
    for parcel in parcels:
        fault = await _ship(session, report, parcel, orders, actor=actor, now=now)
        if fault is not None:
            report.refused += 1
            report.refusals.append(refusal(parcel.line, fault, column="order_no"))


async def _ship(
    session: AsyncSession,
    report: ImportReport,
    parcel: Parcel,
    orders: Mapping[UUID, OrderFacts],
    *,
    actor: Actor,
    now: datetime,
) -> RowFault | None:
    order = orders.get(parcel.order_id)
    if order is None:
        return ORDER_UNKNOWN
    if order.mode is not DeliveryMode.DELIVERY:
        return ORDER_NOT_SENT
    if order.decided is OrderState.PACKED:
        await _write(session, parcel, shipped_at=now)
        await take(session, order, "ship", now=now, actor=actor)
        report.added += 1
    elif order.parcel == (parcel.carrier, parcel.number):
        report.unchanged += 1
        return None
    elif order.decided is OrderState.SHIPPED:
        await _correct(session, order, parcel, actor=actor, now=now)
        report.changed += 1
    else:
        return ORDER_NOT_PACKED
    await put(session, NewJob(TELL_SHIPPED, {"order_id": order.id}))
    return None


async def _correct(
    session: AsyncSession, order: OrderFacts, parcel: Parcel, *, actor: Actor, now: datetime
) -> None:
    await _write(session, parcel, shipped_at=order.shipped_at or now)
    changes = {"parcel": (order.parcel, (parcel.carrier, parcel.number))}
    states = (order.decided, order.decided)
    await write(
        session,
        [order_act(actor, "correct_shipment", order.id, states, now, changes=changes)],
    )


async def _write(session: AsyncSession, parcel: Parcel, *, shipped_at: datetime) -> None:
    statement = insert(GiftBoxesShipment).values(
        order_id=parcel.order_id,
        carrier=parcel.carrier,
        number=parcel.number,
        shipped_at=shipped_at,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[GiftBoxesShipment.order_id],
            set_={"carrier": statement.excluded.carrier, "number": statement.excluded.number},
        )
    )


def _read(rows: Iterator[Row]) -> _Read:
    read = _Read()
    lines: dict[UUID, int] = {}
    for line, cells in rows:
        read.rows += 1
        if isinstance(cells, RowFault):
            read.refusals.append(refusal(line, cells))
            continue
        try:
            parcel = _parcel(line, dict(zip(COLUMNS.all, cells, strict=True)))
        except RowRefused as refused:
            read.refusals.append(refusal(line, refused.fault, column=refused.column))
            continue
        first = lines.setdefault(parcel.order_id, line)
        if first == line:
            read.parcels.append(parcel)
        else:
            read.refusals.append(refusal(line, DUPLICATE_IN_FILE, first_line=first))
    return read


def _parcel(line: int, cells: dict[str, str]) -> Parcel:
    """Raises `RowRefused`."""
    order_no = number_of(cells["order_no"], "order_no")
    try:
        order_id = UUID(order_no)
    except ValueError as error:
        raise RowRefused(ORDER_UNKNOWN, "order_no") from error
    number = number_of(cells["number"], "number")
    carrier = text_of(cells["carrier"], "carrier", most=MOST_CARRIER)
    return Parcel(line, order_id, carrier, number)
