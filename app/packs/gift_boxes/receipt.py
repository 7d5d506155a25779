"""How an order ends: its member confirms it, time does, or nobody comes for it.

What nobody fetched until its site's last hour lapses: what was paid goes back whole, by the
payments room, and its boxes are sold again or scrapped, as the campaign's rules say; a free box is
taken back. `docs/gift-boxes-fulfilment.md`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder, GiftBoxesSite
from app.models.gift_boxes_fulfilment import GiftBoxesFulfilmentRules
from app.models.states_gift_boxes import (
    CancelCause,
    DeliveryMode,
    OrderKind,
    OrderState,
    StockFate,
)
from app.packs.gift_boxes.fulfilment_rules import FulfilmentRules
from app.packs.gift_boxes.life import take
from app.packs.gift_boxes.order_queries import (
    OrderFacts,
    find_own,
    lock_orders,
    lock_own_order,
    require_order,
)
from app.packs.gift_boxes.refunding import refund_whole
from app.packs.gift_boxes.substitutes import return_free
from app.packs.gift_boxes.terms import FULFILMENT
from app.packs.gift_boxes.units import held_units, scrap_units
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.outbox import NewJob, put

NOT_FETCHED, TELL_NOT_FETCHED = "gift_boxes.not_fetched", "gift_boxes.tell_not_fetched"
WHY = "逾期未自提 · not fetched in time"
UNFETCHED = (OrderState.PAID, OrderState.PACKED)
UNCONFIRMED = (OrderState.SHIPPED, OrderState.PICKED_UP)


async def confirm_receipt(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    order_id: UUID,
) -> OrderFacts:
    """What was sent or handed out has arrived. Raises `NotFound`, `StateConflict`."""
    async with sessions.begin() as session:
        await once.first(session, about=find_own(order_id, member_id))
        order = await lock_own_order(session, order_id=order_id, member_id=member_id)
        await take(session, order, "receive", now=clock.now(), actor=actor)
        received = await require_order(session, order_id)
        await once.keep(session, received)
    return received


async def close_unconfirmed(
    session: AsyncSession, *, now: datetime, actor: Actor, limit: int
) -> int:
    """What nobody has confirmed for the campaign's days is closed. How many there were."""
    rules = GiftBoxesFulfilmentRules
    days = (
        select(rules.close_after_days)
        .where(rules.campaign_id == GiftBoxesOrder.campaign_id)
        .scalar_subquery()
    )
    waited = func.coalesce(days, FulfilmentRules().close_after_days) * timedelta(days=1)
    due = await lock_orders(
        session,
        GiftBoxesOrder.state.in_(UNCONFIRMED),
        GiftBoxesOrder.moved_at + waited <= now,
        limit=limit,
    )
    for order in due:
        await take(session, order, "receive", now=now, actor=actor)
    return len(due)


async def find_unfetched(session: AsyncSession, *, now: datetime, limit: int) -> list[UUID]:
    """Orders whose site has closed for good, that are still to be picked up."""
    found = await session.scalars(
        select(GiftBoxesOrder.id)
        .join(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesOrder.site_id)
        .where(GiftBoxesSite.closes_at <= now, *_UNFETCHED)
        .order_by(GiftBoxesOrder.id)
        .limit(limit)
    )
    return list(found)


async def lapse_unfetched(
    session: AsyncSession, clock: Clock, sealer: Sealer, *, order_id: UUID, actor: Actor
) -> None:
    """One of them, unless it was fetched or given back meanwhile. What it cost goes back less
    nothing."""
    locked = await lock_orders(session, GiftBoxesOrder.id == order_id, *_UNFETCHED)
    if not locked:
        return
    [order] = locked
    stock = (await FULFILMENT.read(session, order.campaign_id)).not_fetched_stock
    if order.kind is OrderKind.SOLD:
        await refund_whole(session, clock, order, actor=actor, stock=stock, reason=WHY)
    else:
        await _take_back(session, sealer, order, stock, now=clock.now(), actor=actor)
    await put(session, NewJob(TELL_NOT_FETCHED, {"order_id": order.id}))


async def _take_back(
    session: AsyncSession,
    sealer: Sealer,
    order: OrderFacts,
    stock: StockFate,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    await take(
        session, order, "not_fetched", now=now, actor=actor, cancel_cause=CancelCause.NOT_FETCHED
    )
    if stock is StockFate.RETURN:
        await return_free(session, sealer, order, why="not fetched", now=now, actor=actor)
        return
    for line in order.lines:
        await scrap_units(session, await held_units(session, line.id), now=now)


# Where staff have given all the money back of the payment alone, nothing is left to give.
_UNFETCHED: tuple[ColumnElement[bool], ...] = (
    GiftBoxesOrder.mode == DeliveryMode.PICKUP,
    GiftBoxesOrder.state.in_(UNFETCHED),
    or_(
        GiftBoxesOrder.kind == OrderKind.FREE,
        GiftBoxesOrder.refunded_fen < GiftBoxesOrder.amount_fen,
    ),
)
