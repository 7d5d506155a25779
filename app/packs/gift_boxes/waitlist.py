"""The waiting list of a box, as members use it: join, leave, accept what is offered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox
from app.models.states import OfferState, PackKind, WaitingState
from app.models.waiting import WaitingOffer
from app.packs.gift_boxes import order_queries, queries
from app.packs.gift_boxes.acts import ENTRY, OFFER
from app.packs.gift_boxes.offers import has_given_up
from app.packs.gift_boxes.order_queries import OrderFacts
from app.packs.gift_boxes.orders import (
    Delivery,
    NewLine,
    check_delivery,
    check_prices,
    insert_order,
)
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.refusals import BoxesLeft
from app.packs.gift_boxes.settling import pass_on, settle_person
from app.packs.gift_boxes.terms import SALE
from app.packs.gift_boxes.units import add_unit, refusal_of
from app.platform.clock import Clock, shanghai_day
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict, TemporarilyUnavailable
from app.shared.campaigns import ClosedPacks, hold_open
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import Act, made, write
from app.shared.stock import Stock, Verdict, lock_pools, uses
from app.shared.waiting import (
    NotOfferedAgain,
    OfferFacts,
    Place,
    end_offer,
    end_places,
    join,
    live_place,
    lock_offer,
    offer_refusal,
    places_ahead,
)

NOT_WAITING = "not_waiting"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place on a box's list, and how many wait before it."""

    place: Place
    box_id: UUID
    ahead: int


async def join_list(
    sessions: Sessions,
    clock: Clock,
    packs: ClosedPacks,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    box_id: UUID,
) -> Waiting:
    """Wait for one of a box. A person waits once for it.

    Raises `NotFound`, `NotOpen` (`PackClosed`, `SaleOver`), `BoxLimitReached`, `BoxesLeft`,
    `NotOfferedAgain`, `AlreadyWaiting`.
    """
    await settle_person(sessions, clock, member=member, actor=actor)
    async with sessions.begin() as session:
        await once.first(session, about=select(GiftBoxesBox.id).where(GiftBoxesBox.id == box_id))
        box = await queries.require_box(session, box_id)
        if packs.is_draft(box.campaign_id):
            raise NotFound()
        await hold_open(session, box.campaign_id, PackKind.GIFT_BOXES)
        await lock_pools(session, [box.sold.id])
        box, now = await queries.look_again(session, box), clock.now()
        await _check_may_wait(session, box, member, clock)
        place = await join(
            session, box.sold, member_id=member.id, person_id=member.person_id, now=now
        )
        changes = made(box_id=box.id)
        await write(
            session, [Act(actor, "gift_boxes.entry.join", ENTRY, place.id, changes, at=now)]
        )
        waiting = Waiting(place, box.id, await places_ahead(session, place))
        await once.keep(session, waiting)
    return waiting


async def leave_list(
    stock: Stock,
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    box_id: UUID,
) -> Place:
    """Wait no more; an open offer is declined by it, and goes to the next at once.

    Raises `NotFound`, `OfferExpired`, `StateConflict` (not on the list).
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(GiftBoxesBox.id).where(GiftBoxesBox.id == box_id))
        box = await queries.require_box(session, box_id)
        offer = await _lock_open_offer(session, box, member.id)
        await lock_pools(session, [box.sold.id])
        place = await live_place(session, group_id=box.sold.group_id, person_id=member.person_id)
        if place is None or place.member_id != member.id:
            raise StateConflict(state=NOT_WAITING)
        if offer is None and place.state is WaitingState.OFFERED:
            # It was offered while we waited for the pool; its lock should have come first.
            raise TemporarilyUnavailable()
        await leave(session, place, offer, now=clock.now(), actor=actor)
        await once.keep(session, place)
    await stock.announce(box.sold)
    return place


async def leave(
    session: AsyncSession,
    place: Place,
    offer: OfferFacts | None,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """A place ends, with its locked offer if it has one. Raises `OfferExpired`."""
    if offer is not None:
        refusal = offer_refusal(offer.state, offer.expires_at, now)
        if refusal is not None:
            raise refusal
        await end_offer(session, offer, OfferState.DECLINED, now=now)
        await write(session, [Act(actor, "gift_boxes.offer.decline", OFFER, offer.id, at=now)])
        await pass_on(session, offer, why="decline", now=now, actor=actor)
        return
    box = await queries.box_of_pool(session, place.pool_id)
    await end_places(
        session,
        group_id=box.sold.group_id,
        person_ids=[place.person_id],
        state=WaitingState.LEFT,
        now=now,
    )
    await write(session, [Act(actor, "gift_boxes.entry.leave", ENTRY, place.id, at=now)])


async def accept_offer(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    offer_id: UUID,
    delivery: Delivery,
    price_fen: int | None,
) -> OrderFacts:
    """What was kept for me becomes an order of one, held until it is paid. At its due instant
    accepting and lapsing race for the offer's lock, and the first wins.

    Raises `NotFound`, `InputInvalid`, `OfferExpired`, `StateConflict`, `PriceChanged`.
    """
    mine = (
        select(WaitingOffer.id)
        .join(GiftBoxesBox, GiftBoxesBox.sold_pool_id == WaitingOffer.pool_id)
        .where(WaitingOffer.id == offer_id, WaitingOffer.member_id == member.id)
    )
    async with sessions.begin() as session:
        await once.first(session, about=mine)
        if await session.scalar(mine) is None:
            raise NotFound()
        offer = await lock_offer(session, offer_id)
        assert offer is not None, "offers are not removed"
        # No price changes under the order.
        await lock_pools(session, [offer.pool_id])
        box, now = await queries.box_of_pool(session, offer.pool_id), clock.now()
        line = NewLine(box, 1, price_fen)
        check_delivery([box], delivery, now=now)
        refusal = offer_refusal(offer.state, offer.expires_at, now)
        if refusal is not None:
            raise refusal
        check_prices([line])
        await end_offer(session, offer, OfferState.ACCEPTED, now=now)
        order_id, [line_id] = await insert_order(
            session, sealer, [line], delivery, member=member, actor=actor, act="accept", now=now
        )
        await add_unit(session, unit_id=offer.id, line_id=line_id, pool_id=offer.pool_id, now=now)
        order = await order_queries.require_order(session, order_id)
        await once.keep(session, order)
    return order


async def _check_may_wait(
    session: AsyncSession, box: BoxFacts, member: Member, clock: Clock
) -> None:
    """With the pool locked: nobody orders or gives up one meanwhile."""
    now = clock.now()
    if now < box.opens_at:
        raise refusal_of(Verdict.NOT_OPEN, box)
    if (await SALE.read(session, box.campaign_id)).offered_until(now, box.closes_at) is None:
        raise refusal_of(Verdict.ENDED, box)
    day, group_id = shanghai_day(now), box.sold.group_id
    used = await uses(session, person_id=member.person_id, group_ids=[group_id], day=day)
    if used.get(group_id, (0, 0))[1] >= box.per_person:
        raise refusal_of(Verdict.TOTAL_LIMIT, box)
    if box.sold.free > 0:
        raise BoxesLeft()
    if await has_given_up(session, box, member.person_id):
        raise NotOfferedAgain()


async def _lock_open_offer(
    session: AsyncSession, box: BoxFacts, member_id: UUID
) -> OfferFacts | None:
    offer_id = await session.scalar(
        select(WaitingOffer.id).where(
            WaitingOffer.pool_id == box.sold.id,
            WaitingOffer.member_id == member_id,
            WaitingOffer.state == OfferState.OPEN,
        )
    )
    return None if offer_id is None else await lock_offer(session, offer_id)
