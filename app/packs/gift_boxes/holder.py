"""The buyer's side of an order: see it, begin to pay it, give it up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder
from app.models.states_gift_boxes import CancelCause, OrderKind
from app.packs.gift_boxes import order_queries
from app.packs.gift_boxes.catalogue import Catalogue
from app.packs.gift_boxes.life import take
from app.packs.gift_boxes.order_queries import NEWEST_FIRST, OrderFacts, find_own, lock_own_order
from app.packs.gift_boxes.seals import REASON
from app.packs.gift_boxes.settling import PAYABLE
from app.packs.gift_boxes.substitutes import return_free
from app.packs.gift_boxes.units import return_all
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.payments import Payments, Started, start_payment, stop_payment
from app.shared.stock import Stock


async def list_orders(
    sessions: Sessions, *, member_id: UUID, page: PageRequest
) -> Page[OrderFacts]:
    """The member's own, newest first."""
    statement = order_queries.select_orders().where(GiftBoxesOrder.member_id == member_id)
    async with sessions() as session:
        rows = await NEWEST_FIRST.page(session, statement, page)
        found = {each.id: each for each in await order_queries.with_lines(session, rows.items)}
    return rows.map(lambda row: found[row[0]])


async def find_order(sessions: Sessions, *, member_id: UUID, order_id: UUID) -> OrderFacts:
    """One of the member's own. Raises `NotFound`."""
    async with sessions() as session:
        found = await order_queries.find_orders(
            session, GiftBoxesOrder.id == order_id, GiftBoxesOrder.member_id == member_id
        )
    if not found:
        raise NotFound()
    return found[0]


async def start_paying(
    sessions: Sessions,
    payments: Payments,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    order_id: UUID,
) -> Started:
    """What the app hands to the provider, for an order that is held.

    Raises `NotFound`, `StateConflict`, `OrderExpired`, `TemporarilyUnavailable`.
    """
    return await start_payment(
        sessions,
        payments,
        once,
        actor=actor,
        kind=PAYABLE,
        payable_id=order_id,
        about=find_own(order_id, member_id),
    )


async def cancel_order(
    stock: Stock,
    catalogue: Catalogue,
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    order_id: UUID,
    reason: str | None = None,
) -> OrderFacts:
    """Give up what is not paid, or a free box that is not packed: exactly what it took goes back,
    once, and on to who waits. What is paid is refunded by staff.

    Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=find_own(order_id, member_id))
        order = await lock_own_order(session, order_id=order_id, member_id=member_id)
        sealed = REASON.seal(sealer, reason) if reason else None
        how: dict[str, Any] = {"now": clock.now(), "actor": actor, "reason_sealed": sealed}
        if order.kind is OrderKind.FREE:
            await _give_back(session, sealer, order, **how)
        else:
            await cancel_locked(session, order, **how)
        cancelled = await order_queries.require_order(session, order_id)
        await once.keep(session, cancelled)
    for line in cancelled.lines:
        box = await catalogue.find(line.box_id)
        # None: another process has heard before this one that the edition is open.
        if box is not None:
            await stock.announce(box.free if cancelled.kind is OrderKind.FREE else box.sold)
    return cancelled


async def cancel_locked(
    session: AsyncSession,
    order: OrderFacts,
    *,
    now: datetime,
    actor: Actor,
    reason_sealed: bytes | None = None,
) -> None:
    """A locked order, in the caller's transaction. Raises `StateConflict`."""
    await take(
        session,
        order,
        "cancel",
        now=now,
        actor=actor,
        reason_sealed=reason_sealed,
        cancel_cause=CancelCause.ASKED,
    )
    await stop_payment(session, kind=PAYABLE, payable_id=order.id, now=now)
    await return_all(session, order.id, why="cancel", now=now, actor=actor)


async def _give_back(
    session: AsyncSession,
    sealer: Sealer,
    order: OrderFacts,
    *,
    now: datetime,
    actor: Actor,
    reason_sealed: bytes | None,
) -> None:
    """A free box that somebody does without. Raises `StateConflict`."""
    await take(
        session,
        order,
        "give_back",
        now=now,
        actor=actor,
        reason_sealed=reason_sealed,
        cancel_cause=CancelCause.ASKED,
    )
    await return_free(session, sealer, order, why="give back", now=now, actor=actor)
