"""What staff see of an event's waiting list, of hand-outs, and of pairs handed out twice."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.models.couplets import CoupletsDispute, CoupletsPickup, CoupletsSite, CoupletsWait
from app.models.identity import Member, Staff
from app.models.states import OfferState, PickupInput, WaitingState
from app.models.waiting import WaitingEntry, WaitingOffer
from app.packs.couplets import desk_queries, queries, rules
from app.packs.couplets.presented import PickupFacts
from app.packs.couplets.queries import EventFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.waiting import PASSED_OVER_WORDS, offer_state

_BY_JOINING = Keyset(WaitingEntry.joined_at, WaitingEntry.id)
_PICKUPS_NEWEST_FIRST = Keyset(CoupletsPickup.received_at, CoupletsPickup.id, descending=True)
_DISPUTES_NEWEST_FIRST = Keyset(CoupletsDispute.received_at, CoupletsDispute.id, descending=True)
_WIDTH = len(desk_queries.PICKUP_COLUMNS)
# Every word that `why` can be, with what it means.
WHY_WORDS = {**PASSED_OVER_WORDS, **rules.WHY_NOT_WORDS}


@dataclass(frozen=True, slots=True)
class ListedWait:
    """A place in the order of joining. `why`, if nothing was offered."""

    id: UUID
    member_no: str
    variant_id: UUID
    site_id: UUID
    state: WaitingState
    joined_at: datetime
    ended_at: datetime | None
    offered_at: datetime | None
    offer_expires_at: datetime | None
    offer: OfferState | None
    why: str | None


@dataclass(frozen=True, slots=True)
class ListedDispute:
    """The second scan, and the pick-up that was first."""

    first: PickupFacts
    id: UUID
    reservation_id: UUID
    member_no: str
    site_name: str
    input: PickupInput
    collected_at: datetime
    received_at: datetime
    staff_name: str
    pickup_no: str


async def list_waiting(
    sessions: Sessions, clock: Clock, *, event_id: UUID, page: PageRequest
) -> Page[ListedWait]:
    """Everybody who waited, in the order of joining, with why somebody was not offered a pair.

    Raises `NotFound`.
    """
    statement = (
        select(
            WaitingEntry.id,
            Member.member_no,
            CoupletsWait.variant_id,
            CoupletsWait.site_id,
            WaitingEntry.state,
            WaitingEntry.joined_at,
            WaitingEntry.ended_at,
            WaitingOffer.offered_at,
            WaitingOffer.expires_at,
            WaitingOffer.state,
            WaitingEntry.why,
        )
        .join(CoupletsWait, CoupletsWait.entry_id == WaitingEntry.id)
        .join(Member, Member.id == WaitingEntry.member_id)
        .outerjoin(WaitingOffer, WaitingOffer.entry_id == WaitingEntry.id)
        .where(CoupletsWait.event_id == event_id)
    )
    async with sessions() as session:
        rows = await _BY_JOINING.page(session, statement, page)
        event, now = await queries.require_event(session, event_id), clock.now()
    return rows.map(lambda row: _listed(row, event, now))


async def list_pickups(
    sessions: Sessions, *, event_id: UUID, page: PageRequest
) -> Page[PickupFacts]:
    """Everything that was handed out, newest first. Raises `NotFound`."""
    statement = desk_queries.select_pickups().where(CoupletsPickup.event_id == event_id)
    async with sessions() as session:
        rows = await _PICKUPS_NEWEST_FIRST.page(session, statement, page)
        await queries.require_event(session, event_id)
    return rows.map(lambda row: PickupFacts(*row[:_WIDTH]))


async def list_disputes(
    sessions: Sessions, *, event_id: UUID, page: PageRequest
) -> Page[ListedDispute]:
    """Pairs that two desks handed out, newest first. Raises `NotFound`."""
    second_site, second_staff = aliased(CoupletsSite), aliased(Staff)
    statement = (
        select(
            *desk_queries.PICKUP_COLUMNS,
            CoupletsDispute.id,
            CoupletsDispute.reservation_id,
            Member.member_no,
            second_site.name,
            CoupletsDispute.input,
            CoupletsDispute.collected_at,
            CoupletsDispute.received_at,
            second_staff.name,
            CoupletsDispute.pickup_no,
        )
        .select_from(CoupletsDispute)
        .join(CoupletsPickup, CoupletsPickup.id == CoupletsDispute.first_pickup_id)
        .join(Staff, Staff.id == CoupletsPickup.staff_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsPickup.site_id)
        .join(second_site, second_site.id == CoupletsDispute.site_id)
        .join(second_staff, second_staff.id == CoupletsDispute.staff_id)
        .join(Member, Member.id == CoupletsPickup.member_id)
        .where(CoupletsDispute.event_id == event_id)
    )
    async with sessions() as session:
        rows = await _DISPUTES_NEWEST_FIRST.page(session, statement, page)
        await queries.require_event(session, event_id)
    return rows.map(_disputed)


def _listed(row: Any, event: EventFacts, now: datetime) -> ListedWait:
    listed = ListedWait(*row[:11])
    if listed.offer is not None and listed.offer_expires_at is not None:
        read = offer_state(listed.offer, listed.offer_expires_at, now)
        return replace(listed, offer=read)
    if listed.state is not WaitingState.WAITING:
        return listed
    site = event.site(listed.site_id)
    is_over = site is None or event.offering(site).until(now) is None
    return replace(listed, why=rules.LIST_OVER if is_over else rules.NOTHING_FREE)


def _disputed(row: Any) -> ListedDispute:
    first, second = tuple(row[:_WIDTH]), tuple(row[_WIDTH : _WIDTH + 9])
    return ListedDispute(PickupFacts(*first), *second)
