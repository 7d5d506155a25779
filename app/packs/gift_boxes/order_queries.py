"""Orders' SQL: with their lines, found, or locked in the one order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesLine, GiftBoxesOrder, GiftBoxesSite
from app.models.gift_boxes_fulfilment import GiftBoxesShipment
from app.models.identity import Member
from app.models.states_gift_boxes import CancelCause, DeliveryMode, OrderKind, OrderState
from app.packs.gift_boxes import rules
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset

NEWEST_FIRST = Keyset(GiftBoxesOrder.placed_at, GiftBoxesOrder.id, descending=True)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """So many of a box, at the price shown."""

    id: UUID
    order_id: UUID
    number: int
    box_id: UUID
    name: str
    quantity: int
    price_fen: int
    refunded_count: int

    @property
    def left(self) -> int:
        """How many of it are not given back."""
        return self.quantity - self.refunded_count


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order with its lines. `decided` is what is written down; `state_at` is how it is read."""

    id: UUID
    campaign_id: UUID
    member_id: UUID
    member_no: str
    person_id: UUID
    kind: OrderKind
    decided: OrderState
    amount_fen: int
    refunded_fen: int
    placed_at: datetime
    pay_before: datetime | None
    paid_at: datetime | None
    decided_cause: CancelCause | None
    moved_at: datetime
    mode: DeliveryMode
    site_id: UUID | None
    site_name: str | None
    recipient_sealed: bytes | None
    phone_sealed: bytes | None
    address_sealed: bytes | None
    erased_at: datetime | None
    carrier: str | None
    parcel_no: str | None
    shipped_at: datetime | None
    lines: tuple[LineFacts, ...] = ()

    @property
    def parcel(self) -> tuple[str, str] | None:
        """Who carries it, and its number there."""
        if self.carrier is None or self.parcel_no is None:
            return None
        return self.carrier, self.parcel_no

    def state_at(self, now: datetime) -> OrderState:
        return rules.state_at(self.decided, self.pay_before, now)

    def cause_at(self, now: datetime) -> CancelCause | None:
        """Why it is cancelled, as it is read at that time."""
        has_lapsed = self.state_at(now) is not self.decided
        return CancelCause.LAPSED if has_lapsed else self.decided_cause


COLUMNS = (
    GiftBoxesOrder.id,
    GiftBoxesOrder.campaign_id,
    GiftBoxesOrder.member_id,
    Member.member_no,
    Member.person_id,
    GiftBoxesOrder.kind,
    GiftBoxesOrder.state,
    GiftBoxesOrder.amount_fen,
    GiftBoxesOrder.refunded_fen,
    GiftBoxesOrder.placed_at,
    GiftBoxesOrder.pay_before,
    GiftBoxesOrder.paid_at,
    GiftBoxesOrder.cancel_cause,
    GiftBoxesOrder.moved_at,
    GiftBoxesOrder.mode,
    GiftBoxesOrder.site_id,
    GiftBoxesSite.name,
    GiftBoxesOrder.recipient_sealed,
    GiftBoxesOrder.phone_sealed,
    GiftBoxesOrder.address_sealed,
    GiftBoxesOrder.erased_at,
    GiftBoxesShipment.carrier,
    GiftBoxesShipment.number,
    GiftBoxesShipment.shipped_at,
)
_LINE = (
    GiftBoxesLine.id,
    GiftBoxesLine.order_id,
    GiftBoxesLine.number,
    GiftBoxesLine.box_id,
    GiftBoxesBox.name,
    GiftBoxesLine.quantity,
    GiftBoxesLine.price_fen,
    GiftBoxesLine.refunded_count,
)


def select_orders() -> AnySelect:
    return (
        select(*COLUMNS)
        .join(Member, Member.id == GiftBoxesOrder.member_id)
        .outerjoin(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesOrder.site_id)
        .outerjoin(GiftBoxesShipment, GiftBoxesShipment.order_id == GiftBoxesOrder.id)
    )


async def with_lines(session: AsyncSession, rows: Iterable[Any]) -> list[OrderFacts]:
    """Rows of `select_orders`, each with its lines."""
    orders: list[Any] = [row[: len(COLUMNS)] for row in rows]
    found = await session.execute(
        select(*_LINE)
        .join(GiftBoxesBox, GiftBoxesBox.id == GiftBoxesLine.box_id)
        .where(GiftBoxesLine.order_id.in_([order[0] for order in orders]))
        .order_by(GiftBoxesLine.number)
    )
    lines: dict[UUID, list[LineFacts]] = {}
    for row in found:
        lines.setdefault(row.order_id, []).append(LineFacts(*row))
    return [OrderFacts(*[*order, tuple(lines.get(order[0], ()))]) for order in orders]


async def find_orders(session: AsyncSession, *where: ColumnElement[bool]) -> list[OrderFacts]:
    """In the order of their ids, without locks."""
    rows = await session.execute(select_orders().where(*where).order_by(GiftBoxesOrder.id))
    return await with_lines(session, rows)


async def lock_orders(
    session: AsyncSession, *where: ColumnElement[bool], limit: int | None = None
) -> list[OrderFacts]:
    """Lock them in the order of their ids, before anything of the payments or the stock."""
    locked = await session.scalars(
        select(GiftBoxesOrder.id)
        .where(*where)
        .order_by(GiftBoxesOrder.id)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    ids = locked.all()
    return await find_orders(session, GiftBoxesOrder.id.in_(ids)) if ids else []


async def lock_order(session: AsyncSession, order_id: UUID) -> OrderFacts:
    """Raises `NotFound`."""
    found = await lock_orders(session, GiftBoxesOrder.id == order_id)
    if not found:
        raise NotFound()
    return found[0]


async def lock_own_order(session: AsyncSession, *, order_id: UUID, member_id: UUID) -> OrderFacts:
    """Raises `NotFound` for somebody else's."""
    found = await lock_orders(
        session, GiftBoxesOrder.id == order_id, GiftBoxesOrder.member_id == member_id
    )
    if not found:
        raise NotFound()
    return found[0]


async def require_order(session: AsyncSession, order_id: UUID) -> OrderFacts:
    """As this transaction sees it, without locks. Raises `NotFound`."""
    found = await find_orders(session, GiftBoxesOrder.id == order_id)
    if not found:
        raise NotFound()
    return found[0]


def find_own(order_id: UUID, member_id: UUID) -> AnySelect:
    return select(GiftBoxesOrder.id).where(
        GiftBoxesOrder.id == order_id, GiftBoxesOrder.member_id == member_id
    )
