"""The waiting list of an event, as members use it: join, leave, accept what is offered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsReservation, CoupletsVariant, CoupletsWait
from app.models.states import OfferState, PackKind, ReservationState, WaitingState
from app.models.waiting import WaitingOffer
from app.packs.couplets import reservation_queries, rules
from app.packs.couplets.acts import ENTRY, OFFER, reservation_act
from app.packs.couplets.catalogue import Catalogue
from app.packs.couplets.history import Move, write_history
from app.packs.couplets.hurdles import already_reserved, closed, find_parts, not_open
from app.packs.couplets.queries import (
    EventFacts,
    VariantFacts,
)
from app.packs.couplets.refusals import PairNotOfferedAgain, PairsLeft
from app.packs.couplets.reservation_queries import ReservationFacts
from app.packs.couplets.settling import announce, settle_person
from app.packs.couplets.units import has_given_up, lock_variant, pass_on
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict, TemporarilyUnavailable
from app.shared.campaigns import hold_open
from app.shared.draws import before_order
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import Act, made, write
from app.shared.stock import Stock
from app.shared.waiting import (
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
_ACCEPTED = (None, ReservationState.RESERVED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place on an event's list, and how many wait before it."""

    place: Place
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    ahead: int


async def join_list(
    stock: Stock,
    catalogue: Catalogue,
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    event_id: UUID,
    variant_id: UUID,
    site_id: UUID,
) -> Waiting:
    """Wait for a pair of one variant, at one site. A person waits once in an event.

    Raises `NotFound`, `InputInvalid`, `NotOpen` (`PackClosed`), `ResultPending`,
    `AlreadyReserved`, `PairsLeft`, `PairNotOfferedAgain`, `AlreadyWaiting`.
    """
    event = await catalogue.find(event_id)
    variant, site = find_parts(event, variant_id, site_id)
    await settle_person(
        sessions, clock, stock, event=event, person_id=member.person_id, actor=actor
    )
    async with sessions.begin() as session:
        await once.first(session)
        await hold_open(session, event.campaign_id, PackKind.COUPLETS)
        now = clock.now()
        if now < event.reserve_opens_at:
            raise not_open(event, now)
        if event.fair is not None:
            refusal = await before_order(session, event.fair, now)
            if refusal is not None:
                raise refusal
        if event.offering(site).until(now) is None:
            raise closed(event, site)
        await _check_may_wait(session, catalogue, event, variant, member)
        place = await join(
            session,
            variant.reserved,
            member_id=member.id,
            person_id=member.person_id,
            now=now,
        )
        await session.execute(
            insert(CoupletsWait).values(
                entry_id=place.id, event_id=event.id, variant_id=variant.id, site_id=site.id
            )
        )
        changes = made(event_id=event.id, variant_id=variant.id)
        await write(session, [Act(actor, "couplets.entry.join", ENTRY, place.id, changes, at=now)])
        ahead = await places_ahead(session, place)
        waiting = Waiting(place, event.id, variant.id, site.id, ahead)
        await once.keep(session, waiting)
    return waiting


async def leave_list(
    stock: Stock,
    catalogue: Catalogue,
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    event_id: UUID,
) -> Place:
    """Wait no more; an open offer is declined by it, and its pair goes to the next at once.

    Raises `NotFound`, `OfferExpired`, `StateConflict` (not on the list).
    """
    event = await catalogue.find(event_id)
    async with sessions.begin() as session:
        await once.first(session)
        now, person_id = clock.now(), member.person_id
        offer = await _lock_open_offer(session, event, member)
        await lock_variant(session, event.variants[0])
        place = await live_place(
            session, group_id=event.variants[0].reserved.group_id, person_id=person_id
        )
        if place is None or place.member_id != member.id:
            raise StateConflict(state=NOT_WAITING)
        if offer is None and place.state is WaitingState.OFFERED:
            # It was offered while we waited for the pool; its lock should have come first.
            raise TemporarilyUnavailable()
        await leave(session, event, place, offer, now=now, actor=actor)
        await once.keep(session, place)
    await announce(stock, event)
    return place


async def leave(
    session: AsyncSession,
    event: EventFacts,
    place: Place,
    offer: OfferFacts | None,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """A place ends, with its locked offer if it has one. Raises `OfferExpired`."""
    variant = next(each for each in event.variants if each.reserved.id == place.pool_id)
    if offer is not None:
        refusal = offer_refusal(offer.state, offer.expires_at, now)
        if refusal is not None:
            raise refusal
        await end_offer(session, offer, OfferState.DECLINED, now=now)
        await write(session, [Act(actor, "couplets.offer.decline", OFFER, offer.id, at=now)])
        await pass_on(session, event, variant, offer.id, why="decline", now=now, actor=actor)
        return
    await end_places(
        session,
        group_id=variant.reserved.group_id,
        person_ids=[place.person_id],
        state=WaitingState.LEFT,
        now=now,
    )
    await write(session, [Act(actor, "couplets.entry.leave", ENTRY, place.id, at=now)])


async def accept_offer(
    sessions: Sessions, clock: Clock, once: Once, *, member: Member, actor: Actor, offer_id: UUID
) -> ReservationFacts:
    """The pair that was kept for me is mine. At its due instant accepting and lapsing race for
    the offer's lock, and the first wins.

    Raises `NotFound`, `OfferExpired`, `StateConflict`.
    """
    mine = select(WaitingOffer.id).where(
        WaitingOffer.id == offer_id, WaitingOffer.member_id == member.id
    )
    async with sessions.begin() as session:
        await once.first(session, about=mine)
        offer = await lock_offer(session, offer_id)
        if offer is None or offer.member_id != member.id:
            raise NotFound()
        now = clock.now()
        refusal = offer_refusal(offer.state, offer.expires_at, now)
        if refusal is not None:
            raise refusal
        await end_offer(session, offer, OfferState.ACCEPTED, now=now)
        await _insert(session, offer, now=now, actor=actor)
        [reservation] = await reservation_queries.find_reservations(
            session, CoupletsReservation.id == offer.id
        )
        await once.keep(session, reservation)
    return reservation


async def _check_may_wait(
    session: AsyncSession,
    catalogue: Catalogue,
    event: EventFacts,
    variant: VariantFacts,
    member: Member,
) -> None:
    """With the pool locked: nobody reserves or gives up a pair meanwhile."""
    reserved, _ = await lock_variant(session, variant)
    held = await reservation_queries.find_reservations(
        session,
        *reservation_queries.of_person(event.id, member.person_id),
        CoupletsReservation.state.in_(sorted(rules.LIVE)),
    )
    if held:
        raise already_reserved(held[0].id, None)
    if reserved.free > 0:
        raise PairsLeft()
    if await has_given_up(session, event.id, member.person_id):
        raise PairNotOfferedAgain()


async def _lock_open_offer(
    session: AsyncSession, event: EventFacts, member: Member
) -> OfferFacts | None:
    offer_id = await session.scalar(
        select(WaitingOffer.id)
        .join(CoupletsVariant, CoupletsVariant.reserved_pool_id == WaitingOffer.pool_id)
        .where(
            CoupletsVariant.event_id == event.id,
            WaitingOffer.member_id == member.id,
            WaitingOffer.state == OfferState.OPEN,
        )
    )
    return None if offer_id is None else await lock_offer(session, offer_id)


async def _insert(session: AsyncSession, offer: OfferFacts, *, now: datetime, actor: Actor) -> None:
    """The reservation has the offer's id, which is the unit's: nothing moves in the books."""
    wait = (
        await session.execute(
            select(CoupletsWait.event_id, CoupletsWait.variant_id, CoupletsWait.site_id).where(
                CoupletsWait.entry_id == offer.entry_id
            )
        )
    ).one()
    await session.execute(
        insert(CoupletsReservation).values(
            id=offer.id,
            event_id=wait.event_id,
            variant_id=wait.variant_id,
            site_id=wait.site_id,
            member_id=offer.member_id,
            state=ReservationState.RESERVED,
            unit_id=offer.id,
            unit_pool_id=offer.pool_id,
            was_offered=True,
            reserved_at=now,
        )
    )
    await write_history(session, [Move(offer.id, "accept", _ACCEPTED, now, actor)])
    await write(session, [reservation_act(actor, "accept", offer.id, _ACCEPTED, now)])
