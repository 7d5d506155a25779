"""Reservations' SQL: found, or locked in the one order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent, CoupletsReservation, CoupletsSite
from app.models.identity import Member
from app.models.states import ReservationState
from app.packs.couplets import rules
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset

NEWEST_FIRST = Keyset(CoupletsReservation.reserved_at, CoupletsReservation.id, descending=True)


@dataclass(frozen=True, slots=True)
class ReservationFacts:
    """A reservation with what the clock needs to read its state."""

    id: UUID
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    member_id: UUID
    person_id: UUID
    decided: ReservationState
    unit_id: UUID
    unit_pool_id: UUID
    was_offered: bool
    reserved_at: datetime
    closed_at: datetime | None
    recipient_name_sealed: bytes | None
    recipient_phone_sealed: bytes | None
    proxy_code_sealed: bytes | None
    proxy_used_at: datetime | None
    site_closes_at: datetime
    release_before_min: int

    @property
    def release_at(self) -> datetime:
        return self.site_closes_at - timedelta(minutes=self.release_before_min)

    def state_at(self, now: datetime) -> ReservationState:
        """As it is read at that time."""
        return rules.state_at(self.decided, self.release_at, now)


RESERVATION_COLUMNS = (
    CoupletsReservation.id,
    CoupletsReservation.event_id,
    CoupletsReservation.variant_id,
    CoupletsReservation.site_id,
    CoupletsReservation.member_id,
    Member.person_id,
    CoupletsReservation.state,
    CoupletsReservation.unit_id,
    CoupletsReservation.unit_pool_id,
    CoupletsReservation.was_offered,
    CoupletsReservation.reserved_at,
    CoupletsReservation.closed_at,
    CoupletsReservation.recipient_name_sealed,
    CoupletsReservation.recipient_phone_sealed,
    CoupletsReservation.proxy_code_sealed,
    CoupletsReservation.proxy_used_at,
    CoupletsSite.closes_at,
    CoupletsEvent.release_before_min,
)


def select_reservations() -> AnySelect:
    return (
        select(*RESERVATION_COLUMNS)
        .join(Member, Member.id == CoupletsReservation.member_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsReservation.site_id)
        .join(CoupletsEvent, CoupletsEvent.id == CoupletsReservation.event_id)
    )


def reservation_facts(row: Any) -> ReservationFacts:
    return ReservationFacts(*row[: len(RESERVATION_COLUMNS)])


async def find_reservations(
    session: AsyncSession, *where: ColumnElement[bool]
) -> list[ReservationFacts]:
    """In the order of their ids, without locks."""
    statement = select_reservations().where(*where).order_by(CoupletsReservation.id)
    return [reservation_facts(row) for row in await session.execute(statement)]


async def lock_reservations(
    session: AsyncSession, *where: ColumnElement[bool], limit: int | None = None
) -> list[ReservationFacts]:
    """Lock them in the order of their ids, before any pool, then look."""
    locked = await session.scalars(
        select(CoupletsReservation.id)
        .where(*where)
        .order_by(CoupletsReservation.id)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    ids = locked.all()
    return await find_reservations(session, CoupletsReservation.id.in_(ids)) if ids else []


async def lock_own_reservation(
    session: AsyncSession, *, reservation_id: UUID, member_id: UUID
) -> ReservationFacts:
    """Raises `NotFound` for somebody else's."""
    found = await lock_reservations(
        session,
        CoupletsReservation.id == reservation_id,
        CoupletsReservation.member_id == member_id,
    )
    if not found:
        raise NotFound()
    return found[0]


def of_person(event_id: UUID, person_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """A person's reservations of an event, whichever accounts made them."""
    return (
        CoupletsReservation.event_id == event_id,
        CoupletsReservation.member_id.in_(select(Member.id).where(Member.person_id == person_id)),
    )
