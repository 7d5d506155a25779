"""What time has decided, written down: offers that lapsed, pairs that nobody collected.

Nobody waits for a job: who comes first settles what stands in the way. A job does the rest,
so that pairs move on and members are told.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsReservation, CoupletsSite, CoupletsVariant
from app.models.identity import Member
from app.models.states import OfferState, ReservationState
from app.models.waiting import WaitingOffer
from app.packs.couplets import reservation_queries
from app.packs.couplets.acts import OFFER, reservation_act
from app.packs.couplets.history import Move, write_history
from app.packs.couplets.queries import EventFacts
from app.packs.couplets.reservation_queries import ReservationFacts
from app.packs.couplets.units import lock_variant, pass_on, to_the_door
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write
from app.shared.outbox import NewJob, put_many
from app.shared.stock import Stock, give_back, lock_pools
from app.shared.waiting import OfferFacts, end_offer, lock_offer, offer_state

SYSTEM = "couplets"
RELEASE = "release"
TELL_LAPSED, TELL_RELEASED = "couplets.tell_lapsed", "couplets.tell_released"
MOST_AT_ONCE = 200


async def lapse_offer(
    session: AsyncSession, event: EventFacts, offer: OfferFacts, *, now: datetime, actor: Actor
) -> None:
    """A locked offer that nobody accepted in time: its pair goes to the next, or to the door."""
    variant = next(each for each in event.variants if each.reserved.id == offer.pool_id)
    system = Actor.system(SYSTEM, actor.digester)
    await lock_variant(session, variant)
    await end_offer(session, offer, OfferState.LAPSED, now=now)
    await write(session, [Act(system, "couplets.offer.lapse", OFFER, offer.id, at=now)])
    await put_many(session, [NewJob(TELL_LAPSED, {"offer_id": offer.id})])
    await pass_on(session, event, variant, offer.id, why="lapse", now=now, actor=system)


async def release(
    session: AsyncSession,
    event: EventFacts,
    reservations: Sequence[ReservationFacts],
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """Locked reservations that nobody collected in time: no-shows, and their pairs the door's."""
    if not reservations:
        return
    system = Actor.system(SYSTEM, actor.digester)
    states = (ReservationState.RESERVED, ReservationState.NO_SHOW)
    ids = [each.id for each in reservations]
    counts = Counter(each.variant_id for each in reservations)
    variants = sorted(
        (each for each in event.variants if each.id in counts), key=lambda each: each.reserved.id
    )
    await lock_all(session, event)
    await session.execute(
        update(CoupletsReservation)
        .where(CoupletsReservation.id.in_(ids))
        .values(state=ReservationState.NO_SHOW, closed_at=now)
    )
    await write_history(session, [Move(each, RELEASE, states, now, system) for each in ids])
    await write(session, [reservation_act(system, RELEASE, each, states, now) for each in ids])
    await put_many(session, [NewJob(TELL_RELEASED, {"reservation_id": each}) for each in ids])
    for each in reservations:
        await give_back(session, each.unit_id, why=RELEASE)
    for variant in variants:
        await to_the_door(session, variant, counts[variant.id], why=RELEASE)


async def settle_person(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    *,
    event: EventFacts,
    person_id: UUID,
    actor: Actor,
) -> bool:
    """What a person holds of the event by the books alone, its time being over. Whether there
    was anything."""
    now = clock.now()
    async with sessions.begin() as session:
        due = [
            each
            for each in await reservation_queries.lock_reservations(
                session,
                *reservation_queries.of_person(event.id, person_id),
                CoupletsReservation.state == ReservationState.RESERVED,
            )
            if each.state_at(now) is ReservationState.NO_SHOW
        ]
        lapsed = await _overdue_offers(session, event, person_id, now)
        await release(session, event, due, now=now, actor=actor)
        for offer in lapsed:
            await lapse_offer(session, event, offer, now=now, actor=actor)
    if due or lapsed:
        await announce(stock, event)
    return bool(due or lapsed)


async def settle_site(
    session: AsyncSession, event: EventFacts, site_id: UUID, *, now: datetime, actor: Actor
) -> bool:
    """Release a site whose time has come, so many at once; whether there is more to do.

    Once: a site that was released stays so.
    """
    released_at = await session.scalar(
        select(CoupletsSite.released_at)
        .where(CoupletsSite.id == site_id)
        .with_for_update(key_share=True)
    )
    if released_at is not None:
        return False
    due = await reservation_queries.lock_reservations(
        session,
        CoupletsReservation.site_id == site_id,
        CoupletsReservation.state == ReservationState.RESERVED,
        limit=MOST_AT_ONCE,
    )
    await release(session, event, due, now=now, actor=actor)
    if len(due) == MOST_AT_ONCE:
        return True
    await session.execute(
        update(CoupletsSite).where(CoupletsSite.id == site_id).values(released_at=now)
    )
    return False


async def settle_event(
    sessions: Sessions, clock: Clock, stock: Stock, *, event: EventFacts, actor: Actor
) -> None:
    """Before the door is said to have nothing: what should be there by now."""
    now = clock.now()
    for site in event.sites:
        is_due = site.released_at is None and now >= event.release_at(site)
        while is_due:
            async with sessions.begin() as session:
                is_due = await settle_site(session, event, site.id, now=now, actor=actor)
    async with sessions.begin() as session:
        await close_reservations(session, event, now=now)
    await announce(stock, event)


async def close_reservations(session: AsyncSession, event: EventFacts, *, now: datetime) -> None:
    """What nobody reserved until the window closed goes to the door."""
    if now < event.reserve_closes_at:
        return
    await lock_all(session, event)
    for variant in event.variants:
        reserved, _ = await lock_variant(session, variant)
        await to_the_door(session, variant, reserved.free, why="close")


async def announce(stock: Stock, event: EventFacts) -> None:
    """The turnstile hears of it, after the commit."""
    for variant in event.variants:
        await stock.announce(variant.reserved)


async def lock_all(session: AsyncSession, event: EventFacts) -> None:
    """All pools of the event, in the one order, before any of them alone."""
    ids = [id_ for each in event.variants for id_ in (each.reserved.id, each.walk_in.id)]
    await lock_pools(session, ids)


async def _overdue_offers(
    session: AsyncSession, event: EventFacts, person_id: UUID, now: datetime
) -> list[OfferFacts]:
    """A person's offers that have lapsed and are not written down so, locked."""
    ids = await session.scalars(
        select(WaitingOffer.id)
        .join(Member, Member.id == WaitingOffer.member_id)
        .join(CoupletsVariant, CoupletsVariant.reserved_pool_id == WaitingOffer.pool_id)
        .where(
            CoupletsVariant.event_id == event.id,
            Member.person_id == person_id,
            WaitingOffer.state == OfferState.OPEN,
            WaitingOffer.expires_at <= now,
        )
        .order_by(WaitingOffer.id)
    )
    found = [await lock_offer(session, offer_id) for offer_id in ids.all()]
    return [
        offer
        for offer in found
        if offer is not None
        and offer.state is OfferState.OPEN
        and offer_state(offer.state, offer.expires_at, now) is OfferState.LAPSED
    ]
