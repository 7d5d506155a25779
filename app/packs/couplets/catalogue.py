"""Events for the crowd: every press sees its event as it stands, a crowd asks once.

So it does for who holds what: of a sold-out press it is asked whether it has a pair already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsReservation, CoupletsVariant
from app.models.identity import Member
from app.models.states import OfferState
from app.models.waiting import WaitingOffer
from app.packs.couplets import queries, rules
from app.packs.couplets.queries import EventFacts
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared.campaigns import ClosedPacks


@dataclass(frozen=True, slots=True)
class Holding:
    """What a person has of an event: a live reservation, or an offer that stands."""

    reservation_id: UUID | None = None
    offer_id: UUID | None = None


class Catalogue:
    """One a process. Never cached: nothing may be granted by stale rules."""

    def __init__(self, sessions: Sessions, closed: ClosedPacks) -> None:
        self._sessions = sessions
        self._closed = closed
        self._events: Coalescer[UUID, EventFacts | None] = Coalescer(self._load)
        self._holders: Coalescer[tuple[UUID, UUID], Holding] = Coalescer(self._look)

    async def find(self, event_id: UUID) -> EventFacts:
        """An event that members may see. Raises `NotFound`, for what is of a draft edition
        too."""
        event = await self._events.ask(event_id)
        if event is None or self._closed.is_draft(event.campaign_id):
            raise NotFound()
        return event

    async def holding(self, event_id: UUID, person_id: UUID) -> Holding:
        return await self._holders.ask((event_id, person_id))

    async def drain(self) -> None:
        """Finish what is in flight (shutdown)."""
        await self._events.drain()
        await self._holders.drain()

    async def _load(self, ids: Sequence[UUID]) -> list[EventFacts | None]:
        async with self._sessions() as session:
            found = await queries.find_events(session, set(ids))
        return [found.get(event_id) for event_id in ids]

    async def _look(self, asked: Sequence[tuple[UUID, UUID]]) -> list[Holding]:
        async with self._sessions() as session:
            reservations = await _reservations(session, asked)
            offers = await _offers(session, asked)
        return [Holding(reservations.get(each), offers.get(each)) for each in asked]


async def _reservations(
    session: AsyncSession, asked: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], UUID]:
    rows = await session.execute(
        select(CoupletsReservation.event_id, Member.person_id, CoupletsReservation.id)
        .join(Member, Member.id == CoupletsReservation.member_id)
        .where(
            tuple_(CoupletsReservation.event_id, Member.person_id).in_(asked),
            CoupletsReservation.state.in_(sorted(rules.LIVE)),
        )
    )
    return {(event_id, person_id): found for event_id, person_id, found in rows}


async def _offers(
    session: AsyncSession, asked: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], UUID]:
    rows = await session.execute(
        select(CoupletsVariant.event_id, Member.person_id, WaitingOffer.id)
        .join(Member, Member.id == WaitingOffer.member_id)
        .join(CoupletsVariant, CoupletsVariant.reserved_pool_id == WaitingOffer.pool_id)
        .where(
            tuple_(CoupletsVariant.event_id, Member.person_id).in_(asked),
            WaitingOffer.state == OfferState.OPEN,
            WaitingOffer.expires_at > func.campaign_now(),
        )
    )
    return {(event_id, person_id): found for event_id, person_id, found in rows}
