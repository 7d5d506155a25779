"""Somebody is erased: what is live is given up, and all that tells of anybody goes."""

from sqlalchemy import delete, select, update

from app.models.couplets import (
    CoupletsAsk,
    CoupletsReservation,
    CoupletsReservationHistory,
    CoupletsWait,
)
from app.models.draws import DrawEntry
from app.models.states import OfferState, ReservationState
from app.models.waiting import WaitingEntry, WaitingOffer
from app.packs.couplets import queries, reservation_queries
from app.packs.couplets.holder import cancel
from app.packs.couplets.queries import EventFacts
from app.packs.couplets.seals import REASON
from app.packs.couplets.settling import lapse_offer, release
from app.packs.couplets.units import lock_variant
from app.packs.couplets.waitlist import leave
from app.shared.identity.callers import Actor
from app.shared.personal_data import Erasing
from app.shared.sealed.fields import ERASED
from app.shared.waiting import OfferFacts, live_place, lock_offer, offer_state


async def erase_waits(erasing: Erasing) -> None:
    """Places are left, open offers declined: their pairs go to the next."""
    session, actor, subject = erasing.session, _actor(erasing), erasing.subject
    mine = select(WaitingEntry.id).where(WaitingEntry.member_id == subject.member_id)
    event_ids = await session.scalars(
        select(CoupletsWait.event_id).where(CoupletsWait.entry_id.in_(mine)).distinct()
    )
    for event_id in sorted(event_ids.all()):
        event = await queries.require_event(session, event_id)
        offer = await _open_offer(erasing, event)
        if offer is not None and _is_over(offer, erasing):
            await lapse_offer(session, event, offer, now=erasing.now, actor=actor)
            offer = None
        await lock_variant(session, event.variants[0])
        place = await live_place(
            session,
            group_id=event.variants[0].reserved.group_id,
            person_id=subject.person_id,
        )
        if place is not None and place.member_id == subject.member_id:
            await leave(session, event, place, offer, now=erasing.now, actor=actor)
    await session.execute(delete(CoupletsWait).where(CoupletsWait.entry_id.in_(mine)))


async def erase_asks(erasing: Erasing) -> None:
    """The ticket stays on its list; when it is its turn, there is nothing that it asks for."""
    mine = select(DrawEntry.id).where(DrawEntry.member_id == erasing.subject.member_id)
    await erasing.session.execute(delete(CoupletsAsk).where(CoupletsAsk.entry_id.in_(mine)))


async def erase_reservations(erasing: Erasing) -> None:
    """What waits to be collected is cancelled, or written down as missed where it is too late."""
    session, actor, now = erasing.session, _actor(erasing), erasing.now
    member_id = erasing.subject.member_id
    reserved = await reservation_queries.lock_reservations(
        session,
        CoupletsReservation.member_id == member_id,
        CoupletsReservation.state == ReservationState.RESERVED,
    )
    for each in reserved:
        if each.state_at(now) is ReservationState.RESERVED:
            await cancel(session, each, now=now, actor=actor)
        else:
            event = await queries.require_event(session, each.event_id)
            await release(session, event, [each], now=now, actor=actor)
    mine = select(CoupletsReservation.id).where(CoupletsReservation.member_id == member_id)
    await session.execute(
        update(CoupletsReservation)
        .where(CoupletsReservation.id.in_(mine))
        .values(
            recipient_name_sealed=None,
            recipient_phone_sealed=None,
            recipient_last4_digest=None,
            proxy_code_sealed=None,
            proxy_code_digest=None,
            erased_at=now,
        )
    )
    history = CoupletsReservationHistory
    await session.execute(
        update(history)
        .where(history.reservation_id.in_(mine), history.reason_sealed.is_not(None))
        .values(reason_sealed=REASON.seal(erasing.sealer, ERASED))
    )


async def _open_offer(erasing: Erasing, event: EventFacts) -> OfferFacts | None:
    pools = [each.reserved.id for each in event.variants]
    offer_id = await erasing.session.scalar(
        select(WaitingOffer.id).where(
            WaitingOffer.pool_id.in_(pools),
            WaitingOffer.member_id == erasing.subject.member_id,
            WaitingOffer.state == OfferState.OPEN,
        )
    )
    return None if offer_id is None else await lock_offer(erasing.session, offer_id)


def _is_over(offer: OfferFacts, erasing: Erasing) -> bool:
    return offer_state(offer.state, offer.expires_at, erasing.now) is OfferState.LAPSED


def _actor(erasing: Erasing) -> Actor:
    assert erasing.actor is not None, "nothing is erased by foreseeing it"
    return erasing.actor
