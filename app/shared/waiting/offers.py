"""Offers: looked at and ended under their own lock, which comes before the pool's."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import OfferState, WaitingState
from app.models.waiting import WaitingEntry, WaitingOffer

_PLACE_AFTER = {
    OfferState.ACCEPTED: WaitingState.ACCEPTED,
    OfferState.LAPSED: WaitingState.LAPSED,
    OfferState.DECLINED: WaitingState.LEFT,
}


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """A unit that is kept for somebody; its id is the unit's."""

    id: UUID
    entry_id: UUID
    pool_id: UUID
    member_id: UUID
    state: OfferState
    offered_at: datetime
    expires_at: datetime
    ended_at: datetime | None


COLUMNS = (
    WaitingOffer.id,
    WaitingOffer.entry_id,
    WaitingOffer.pool_id,
    WaitingOffer.member_id,
    WaitingOffer.state,
    WaitingOffer.offered_at,
    WaitingOffer.expires_at,
    WaitingOffer.ended_at,
)


async def lock_offer(session: AsyncSession, offer_id: UUID) -> OfferFacts | None:
    """The offer, locked: accepting and lapsing race for this, and the first wins."""
    row = (
        await session.execute(
            select(*COLUMNS).where(WaitingOffer.id == offer_id).with_for_update(key_share=True)
        )
    ).one_or_none()
    return None if row is None else OfferFacts(*row)


async def end_offer(
    session: AsyncSession, offer: OfferFacts, state: OfferState, *, now: datetime
) -> None:
    """Accepted, lapsed or declined, with its place. The unit is the caller's affair."""
    await session.execute(
        update(WaitingOffer).where(WaitingOffer.id == offer.id).values(state=state, ended_at=now)
    )
    await session.execute(
        update(WaitingEntry)
        .where(WaitingEntry.id == offer.entry_id)
        .values(state=_PLACE_AFTER[state], ended_at=now)
    )
