"""What staff see of orders: lists by their filters, one with all that became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import (
    GiftBoxesLine,
    GiftBoxesOrder,
    GiftBoxesOrderHistory,
    GiftBoxesRefund,
    GiftBoxesRefundLine,
)
from app.models.identity import Member
from app.models.states_gift_boxes import DeliveryMode, OrderState
from app.packs.gift_boxes import order_queries
from app.packs.gift_boxes.order_queries import NEWEST_FIRST, OrderFacts
from app.packs.gift_boxes.refunding import RefundFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """What narrows the list; None does not."""

    state: OrderState | None = None
    mode: DeliveryMode | None = None
    box_id: UUID | None = None
    site_id: UUID | None = None
    member_no: str | None = None


@dataclass(frozen=True, slots=True)
class MoveFacts:
    """A move of an order, without the buyer's own reasons."""

    at: datetime
    act: str
    actor: str
    from_state: str | None
    to_state: str


@dataclass(frozen=True, slots=True)
class WholeOrder:
    """An order with its refunds and its moves, the oldest first."""

    order: OrderFacts
    refunds: list[RefundFacts]
    moves: list[MoveFacts]


async def list_orders(
    sessions: Sessions, clock: Clock, *, filters: OrderFilters, page: PageRequest
) -> Page[OrderFacts]:
    """Newest first. `state` as it is read now, whoever has written it down."""
    statement = order_queries.select_orders().where(*_conditions(filters, clock.now()))
    async with sessions() as session:
        rows = await NEWEST_FIRST.page(session, statement, page)
        found = {each.id: each for each in await order_queries.with_lines(session, rows.items)}
    return rows.map(lambda row: found[row[0]])


async def find_order(sessions: Sessions, *, order_id: UUID) -> WholeOrder:
    """Raises `NotFound`."""
    async with sessions() as session:
        order = await order_queries.require_order(session, order_id)
        refunds = await find_refunds(session, [order_id])
        moves = await session.execute(
            select(
                GiftBoxesOrderHistory.at,
                GiftBoxesOrderHistory.act,
                GiftBoxesOrderHistory.actor,
                GiftBoxesOrderHistory.from_state,
                GiftBoxesOrderHistory.to_state,
            )
            .where(GiftBoxesOrderHistory.order_id == order_id)
            .order_by(GiftBoxesOrderHistory.number)
        )
        return WholeOrder(order, refunds, [MoveFacts(*row) for row in moves])


async def find_refunds(session: AsyncSession, order_ids: Sequence[UUID]) -> list[RefundFacts]:
    """All refunds of these orders, the oldest first."""
    refunds = (
        await session.scalars(
            select(GiftBoxesRefund)
            .where(GiftBoxesRefund.order_id.in_(order_ids))
            .order_by(GiftBoxesRefund.asked_at, GiftBoxesRefund.id)
        )
    ).all()
    rows = await session.execute(
        select(
            GiftBoxesRefundLine.refund_id,
            GiftBoxesRefundLine.line_id,
            GiftBoxesRefundLine.quantity,
        ).where(GiftBoxesRefundLine.refund_id.in_([each.id for each in refunds]))
    )
    lines: dict[UUID, dict[UUID, int]] = {}
    for refund_id, line_id, quantity in rows:
        lines.setdefault(refund_id, {})[line_id] = quantity
    return [
        RefundFacts(
            each.id,
            each.order_id,
            each.amount_fen,
            each.stock,
            each.asked_at,
            each.returned_at,
            lines.get(each.id, {}),
        )
        for each in refunds
    ]


def _conditions(filters: OrderFilters, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.state is not None:
        found.append(_is_read_as(filters.state, now))
    if filters.mode is not None:
        found.append(GiftBoxesOrder.mode == filters.mode)
    if filters.site_id is not None:
        found.append(GiftBoxesOrder.site_id == filters.site_id)
    if filters.member_no is not None:
        found.append(Member.member_no == filters.member_no)
    if filters.box_id is not None:
        of_box = select(GiftBoxesLine.order_id).where(GiftBoxesLine.box_id == filters.box_id)
        found.append(GiftBoxesOrder.id.in_(of_box))
    return found


def _is_read_as(state: OrderState, now: datetime) -> ColumnElement[bool]:
    """`rules.state_at`, as a condition."""
    is_over = and_(GiftBoxesOrder.state == OrderState.PLACED, GiftBoxesOrder.pay_before <= now)
    if state is OrderState.PLACED:
        return and_(GiftBoxesOrder.state == state, ~is_over)
    if state is OrderState.CANCELLED:
        return or_(GiftBoxesOrder.state == state, is_over)
    return GiftBoxesOrder.state == state
