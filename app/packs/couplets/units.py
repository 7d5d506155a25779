"""Where a pair goes that somebody gave up: to the first of the list, or to the door.

Both pools of a variant are one stack of paper: what leaves one comes into the other in the
same transaction, so their totals always add up to it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.couplets import CoupletsReservation, CoupletsVariant, CoupletsWait
from app.models.identity import Member
from app.models.states import OfferState, ReservationState
from app.models.waiting import WaitingOffer
from app.packs.couplets import rules
from app.packs.couplets.acts import OFFER
from app.packs.couplets.queries import (
    EventFacts,
    VariantFacts,
)
from app.shared.draws import Phase
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, made, write
from app.shared.outbox import NewJob, put_many
from app.shared.stock import Pool, change_pool, give_back, lock_pools
from app.shared.waiting import Handed, OfferFacts, Place, Terms, hand_on

LAPSE_OFFER, TELL_OFFER = "couplets.lapse_offer", "couplets.tell_offer"


async def lock_variant(session: AsyncSession, variant: VariantFacts) -> tuple[Pool, Pool]:
    """Both pools, locked, as they now are: the reserved one and the door's."""
    pools = await lock_pools(session, [variant.reserved.id, variant.walk_in.id])
    return pools[variant.reserved.id], pools[variant.walk_in.id]


async def pass_on(
    session: AsyncSession,
    event: EventFacts,
    variant: VariantFacts,
    unit_id: UUID,
    *,
    why: str,
    now: datetime,
    actor: Actor,
) -> Handed | None:
    """A unit of the reserved pool is given up, and somebody else's at once: an offer to the
    first of the list, or one more at the door; while those who asked in a fair opening have
    their turns, it is the next one's. The caller has locked what held it."""
    await lock_variant(session, variant)
    await give_back(session, unit_id, why=why)
    handed = await offer_one(session, event, variant, now=now, actor=actor)
    is_drawn = event.fair is not None and event.fair.phase_at(now) is Phase.PENDING
    if handed is None and not is_drawn:
        await to_the_door(session, variant, 1, why=why)
    return handed


async def offer_one(
    session: AsyncSession,
    event: EventFacts,
    variant: VariantFacts,
    *,
    now: datetime,
    actor: Actor,
) -> Handed | None:
    """A free unit of the reserved pool, whose locks the caller holds, to the first of the list.
    Nobody is offered anything where the time left is no longer than the lead."""
    if not any(event.offering(site).until(now) for site in event.sites):
        return None
    return await hand_on(session, _terms(event, actor), variant.reserved.id, now=now)


async def to_the_door(
    session: AsyncSession, variant: VariantFacts, count: int, *, why: str
) -> None:
    """That many free units change from the reserved pool to the door's."""
    if count == 0:
        return
    reserved, walk_in = await lock_variant(session, variant)
    await change_pool(session, reserved.id, why=why, total=reserved.total - count)
    await change_pool(session, walk_in.id, why=why, total=walk_in.total + count)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Who of those whose turn it is can be offered a pair of this event."""

    event: EventFacts

    async def __call__(self, session: AsyncSession, place: Place, now: datetime) -> datetime | str:
        if await has_given_up(session, self.event.id, place.person_id):
            return rules.CANCELLED_BEFORE
        site_id = await session.scalar(
            select(CoupletsWait.site_id).where(CoupletsWait.entry_id == place.id)
        )
        site = site_id and self.event.site(site_id)
        until = self.event.offering(site).until(now) if site else None
        return until or rules.SITE_TOO_NEAR


async def has_given_up(session: AsyncSession, event_id: UUID, person_id: UUID) -> bool:
    """Whether this person cancelled a pair of the event, or declined one."""
    accounts = select(Member.id).where(Member.person_id == person_id)
    pools = select(CoupletsVariant.reserved_pool_id).where(CoupletsVariant.event_id == event_id)
    cancelled = exists().where(
        CoupletsReservation.event_id == event_id,
        CoupletsReservation.member_id.in_(accounts),
        CoupletsReservation.state == ReservationState.CANCELLED,
    )
    declined = exists().where(
        WaitingOffer.pool_id.in_(pools),
        WaitingOffer.member_id.in_(accounts),
        WaitingOffer.state == OfferState.DECLINED,
    )
    return bool(await session.scalar(select(cancelled | declined)))


def _terms(event: EventFacts, actor: Actor) -> Terms:
    async def record(connection: AsyncConnection, place: Place, offer: OfferFacts) -> None:
        about = {"offer_id": offer.id}
        lapse = NewJob(LAPSE_OFFER, about, due_at=offer.expires_at)
        await put_many(connection, [lapse, NewJob(TELL_OFFER, about)])
        changes = made(entry_id=place.id, expires_at=offer.expires_at)
        act = Act(actor, "couplets.offer.make", OFFER, offer.id, changes, at=offer.offered_at)
        await write(connection, [act])

    return Terms(judge=_Judge(event), record=record)
