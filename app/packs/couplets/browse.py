"""What members see of events: where and when, what is left, and what is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent, CoupletsReservation, CoupletsVariant
from app.models.identity import Member as MemberRow
from app.models.states import OfferState, ReservationState, WaitingState
from app.models.waiting import WaitingOffer
from app.packs.couplets import queries, reservation_queries
from app.packs.couplets.fair import Asked, asks_of
from app.packs.couplets.queries import (
    BY_LIVE,
    EventFacts,
)
from app.packs.couplets.reservation_queries import ReservationFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import ClosedPacks, shown, shown_campaign
from app.shared.identity.callers import Member
from app.shared.waiting import Place, live_place, places_ahead


@dataclass(frozen=True, slots=True)
class Mine:
    """What a member has of an event. `place`: how many come first, and the member after them;
    `asked`: in the window of a fair opening."""

    reservation: ReservationFacts | None = None
    entry_id: UUID | None = None
    place: int | None = None
    offer_id: UUID | None = None
    offer_expires_at: datetime | None = None
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class SeenEvent:
    event: EventFacts
    mine: Mine


async def list_events(
    sessions: Sessions,
    clock: Clock,
    *,
    member: Member,
    page: PageRequest,
    campaign_id: UUID | None = None,
) -> Page[SeenEvent]:
    """Events by their live session, past ones too; of one edition, or of all that run. Raises
    `NotFound` where no campaign is current."""
    async with sessions() as session:
        await shown_campaign(session, campaign_id)
        statement = queries.select_events().where(shown(CoupletsEvent.campaign_id, campaign_id))
        rows = await BY_LIVE.page(session, statement, page)
        events = {each.id: each for each in await queries.with_parts(session, rows.items)}
        mine = await _mine(session, list(events.values()), member, clock.now())
    return rows.map(lambda row: SeenEvent(events[row[0]], mine[row[0]]))


async def look_at(
    sessions: Sessions, clock: Clock, packs: ClosedPacks, *, member: Member, event_id: UUID
) -> SeenEvent:
    """Raises `NotFound`, for what is of a draft edition too."""
    async with sessions() as session:
        event = await queries.require_event(session, event_id)
        if packs.is_draft(event.campaign_id):
            raise NotFound()
        mine = await _mine(session, [event], member, clock.now())
    return SeenEvent(event, mine[event_id])


async def _mine(
    session: AsyncSession, events: Sequence[EventFacts], member: Member, now: datetime
) -> dict[UUID, Mine]:
    ids = [event.id for event in events]
    accounts = select(MemberRow.id).where(MemberRow.person_id == member.person_id)
    reservations = await reservation_queries.find_reservations(
        session,
        CoupletsReservation.event_id.in_(ids),
        CoupletsReservation.member_id.in_(accounts),
    )
    # The last one that was not cancelled.
    held = {
        each.event_id: each
        for each in sorted(reservations, key=lambda each: each.reserved_at)
        if each.decided is not ReservationState.CANCELLED
    }
    found: dict[UUID, Mine] = {}
    offers = await _offers(session, ids, member.id, now)
    asked = await asks_of(session, events, member_id=member.id)
    for event in events:
        place = await _place(session, event, member)
        offer = offers.get(event.id)
        found[event.id] = Mine(
            reservation=held.get(event.id),
            entry_id=place.id if place else None,
            place=await places_ahead(session, place) + 1 if place else None,
            offer_id=offer[0] if offer else None,
            offer_expires_at=offer[1] if offer else None,
            asked=asked.get(event.id),
        )
    return found


async def _place(session: AsyncSession, event: EventFacts, member: Member) -> Place | None:
    if not event.variants:
        return None
    group_id = event.variants[0].reserved.group_id
    place = await live_place(session, group_id=group_id, person_id=member.person_id)
    return place if place is not None and place.state is WaitingState.WAITING else None


async def _offers(
    session: AsyncSession, event_ids: Sequence[UUID], member_id: UUID, now: datetime
) -> dict[UUID, tuple[UUID, datetime]]:
    rows = await session.execute(
        select(CoupletsVariant.event_id, WaitingOffer.id, WaitingOffer.expires_at)
        .join(CoupletsVariant, CoupletsVariant.reserved_pool_id == WaitingOffer.pool_id)
        .where(
            CoupletsVariant.event_id.in_(event_ids),
            WaitingOffer.member_id == member_id,
            WaitingOffer.state == OfferState.OPEN,
            WaitingOffer.expires_at > now,
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}
