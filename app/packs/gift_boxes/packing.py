"""Packing: what is to be packed, by box, site and way; packed, and unpacked.

Staff of the shop do it, and suppliers for orders that are theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesLine, GiftBoxesOrder, GiftBoxesSite
from app.models.states_gift_boxes import DeliveryMode, OrderKind, OrderState
from app.packs.gift_boxes.life import take
from app.packs.gift_boxes.order_queries import OrderFacts, find_orders, lock_orders
from app.packs.gift_boxes.suppliers import Share, share_of
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound, Refusal, StateConflict
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.outbox import NewJob, put

TELL_READY = "gift_boxes.tell_ready"
TO_PACK = (OrderState.PAID, OrderState.PACKED)
# As they are packed: whoever came first, first; the lines of an order together.
_IN_TURN = Keyset(GiftBoxesOrder.placed_at, GiftBoxesLine.id)


@dataclass(frozen=True, slots=True)
class PackingFilters:
    """What narrows the list; None does not."""

    state: OrderState | None = OrderState.PAID
    mode: DeliveryMode | None = None
    box_id: UUID | None = None
    site_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PackingLine:
    """So many of a box for an order; what was refunded is not packed."""

    order_id: UUID
    line_id: UUID
    kind: OrderKind
    state: OrderState
    box_id: UUID
    box: str
    quantity: int
    mode: DeliveryMode
    site_id: UUID | None
    site: str | None
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Packed:
    """What became of one of several: `refusal` says why it is not packed."""

    order_id: UUID
    refusal: Refusal | None = None
    repeated: bool = False


def select_lines(share: Share, filters: PackingFilters) -> AnySelect:
    """Within the share of who asks; columns as in `PackingLine`."""
    where: list[ColumnElement[bool]] = [
        GiftBoxesOrder.state.in_(TO_PACK if filters.state is None else [filters.state]),
        GiftBoxesLine.quantity > GiftBoxesLine.refunded_count,
        share.of_box(GiftBoxesLine.box_id),
    ]
    if filters.mode is not None:
        where.append(GiftBoxesOrder.mode == filters.mode)
    if filters.box_id is not None:
        where.append(GiftBoxesLine.box_id == filters.box_id)
    if filters.site_id is not None:
        where.append(GiftBoxesOrder.site_id == filters.site_id)
    return (
        select(
            GiftBoxesOrder.id,
            GiftBoxesLine.id,
            GiftBoxesOrder.kind,
            GiftBoxesOrder.state,
            GiftBoxesLine.box_id,
            GiftBoxesBox.name,
            GiftBoxesLine.quantity - GiftBoxesLine.refunded_count,
            GiftBoxesOrder.mode,
            GiftBoxesOrder.site_id,
            GiftBoxesSite.name,
            GiftBoxesOrder.placed_at,
        )
        .select_from(GiftBoxesLine)
        .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesLine.order_id)
        .join(GiftBoxesBox, GiftBoxesBox.id == GiftBoxesLine.box_id)
        .outerjoin(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesOrder.site_id)
        .where(*where)
    )


async def list_packing(
    sessions: Sessions, *, staff: StaffMember, filters: PackingFilters, page: PageRequest
) -> Page[PackingLine]:
    """Whoever ordered first, first."""
    async with sessions() as session:
        share = await share_of(session, staff)
        found = await _IN_TURN.page(session, select_lines(share, filters), page)
    return found.map(lambda row: PackingLine(*row[:11]))


async def pack_orders(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    order_ids: Sequence[UUID],
) -> list[Packed]:
    """Each answered for itself, in order; one that is packed already stays so."""
    async with sessions.begin() as session:
        await once.first(session)
        share = await share_of(session, staff)
        locked = await lock_orders(session, GiftBoxesOrder.id.in_(order_ids))
        found = {each.id: each for each in await within(session, share, locked)}
        results: list[Packed] = []
        for order_id in dict.fromkeys(order_ids):
            packed = await _pack(session, found.get(order_id), order_id, clock, actor)
            results.append(packed)
        await once.keep(session, results)
    return results


async def within(
    session: AsyncSession, share: Share, locked: Sequence[OrderFacts]
) -> Sequence[OrderFacts]:
    """Those of the locked orders that are wholly within a share."""
    if share.is_all or not locked:
        return locked
    ids = [each.id for each in locked]
    return await find_orders(session, GiftBoxesOrder.id.in_(ids), share.of_whole_order())


async def _pack(
    session: AsyncSession, order: OrderFacts | None, order_id: UUID, clock: Clock, actor: Actor
) -> Packed:
    if order is None:
        return Packed(order_id, NotFound())
    if order.decided is OrderState.PACKED:
        return Packed(order_id, repeated=True)
    try:
        await take(session, order, "pack", now=clock.now(), actor=actor)
    except StateConflict as refusal:
        return Packed(order_id, refusal)
    if order.mode is DeliveryMode.PICKUP:
        await put(session, NewJob(TELL_READY, {"order_id": order_id}))
    return Packed(order_id)


async def unpack_order(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    order_id: UUID,
    reason: str,
) -> Packed:
    """It was not packed after all. Raises `NotFound`, `StateConflict`."""
    async with sessions.begin() as session:
        share = await share_of(session, staff)
        find = select(GiftBoxesOrder.id).where(GiftBoxesOrder.id == order_id)
        await once.first(session, about=find.where(share.of_whole_order()))
        locked = await lock_orders(session, GiftBoxesOrder.id == order_id)
        found = await within(session, share, locked)
        if not found:
            raise NotFound()
        await take(session, found[0], "unpack", now=clock.now(), actor=actor, kept_reason=reason)
        result = Packed(order_id)
        await once.keep(session, result)
    return result
