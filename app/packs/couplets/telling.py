"""Whom a notice goes to, and what it says, from the rows that it is about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import (
    CoupletsEvent,
    CoupletsPickup,
    CoupletsReservation,
    CoupletsSite,
    CoupletsVariant,
)
from app.models.states import ReservationState
from app.models.waiting import WaitingOffer
from app.shared.notices import NewNotice

MOST_REMINDED = 500


async def told_of_offer(session: AsyncSession, offer_id: UUID, *, lapsed: bool) -> NewNotice:
    """What is kept for somebody, or is no more."""
    row = (
        await session.execute(
            select(
                WaitingOffer.member_id,
                WaitingOffer.expires_at,
                CoupletsEvent.id.label("event_id"),
                CoupletsEvent.title,
            )
            .join(CoupletsVariant, CoupletsVariant.reserved_pool_id == WaitingOffer.pool_id)
            .join(CoupletsEvent, CoupletsEvent.id == CoupletsVariant.event_id)
            .where(WaitingOffer.id == offer_id)
        )
    ).one()
    kind = "offer_lapsed" if lapsed else "offered"
    until = {} if lapsed else {"until": row.expires_at}
    return NewNotice(
        f"couplets.{kind}",
        row.member_id,
        {"event": row.title, **until},
        dedupe_key=f"couplets:{kind}:{offer_id}",
        not_after=None if lapsed else row.expires_at,
        link=f"/v1/couplets/events/{row.event_id}",
    )


async def told_of_pickup(session: AsyncSession, pickup_id: UUID) -> NewNotice:
    """To the member whose pair it was, or who came to the door."""
    row = (
        await session.execute(
            select(
                CoupletsPickup.member_id,
                CoupletsPickup.reservation_id,
                CoupletsEvent.title,
                CoupletsSite.name,
            )
            .join(CoupletsEvent, CoupletsEvent.id == CoupletsPickup.event_id)
            .join(CoupletsSite, CoupletsSite.id == CoupletsPickup.site_id)
            .where(CoupletsPickup.id == pickup_id)
        )
    ).one()
    return NewNotice(
        "couplets.collected",
        row.member_id,
        {"event": row.title, "site": row.name},
        dedupe_key=f"couplets:collected:{pickup_id}",
        link=_link(row.reservation_id) if row.reservation_id else None,
    )


async def told_of_release(session: AsyncSession, reservation_id: UUID) -> NewNotice:
    row = (
        await session.execute(
            select(CoupletsReservation.member_id, CoupletsEvent.title)
            .join(CoupletsEvent, CoupletsEvent.id == CoupletsReservation.event_id)
            .where(CoupletsReservation.id == reservation_id)
        )
    ).one()
    return NewNotice(
        "couplets.released",
        row.member_id,
        {"event": row.title},
        dedupe_key=f"couplets:released:{reservation_id}",
        link=_link(reservation_id),
    )


async def told_before_opening(
    session: AsyncSession, site_id: UUID, hours: int, after: UUID | None
) -> tuple[list[NewNotice], UUID | None]:
    """Whose pair waits at a site, so many at once; and after which there are more."""
    statement = (
        select(
            CoupletsReservation.id,
            CoupletsReservation.member_id,
            CoupletsEvent.title,
            CoupletsSite.name,
            CoupletsSite.opens_at,
        )
        .join(CoupletsEvent, CoupletsEvent.id == CoupletsReservation.event_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsReservation.site_id)
        .where(
            CoupletsReservation.site_id == site_id,
            CoupletsReservation.state == ReservationState.RESERVED,
        )
        .order_by(CoupletsReservation.id)
        .limit(MOST_REMINDED)
    )
    if after is not None:
        statement = statement.where(CoupletsReservation.id > after)
    rows = (await session.execute(statement)).all()
    notices = [
        NewNotice(
            "couplets.reminder",
            row.member_id,
            {"event": row.title, "site": row.name, "opens_at": row.opens_at},
            dedupe_key=_reminder_key(row.id, hours, row.opens_at),
            not_after=row.opens_at,
            link=_link(row.id),
        )
        for row in rows
    ]
    return notices, rows[-1].id if len(rows) == MOST_REMINDED else None


def _reminder_key(reservation_id: UUID, hours: int, opens_at: datetime) -> str:
    """Once for each time that a site was to open: who was told an old one hears the new one."""
    return f"couplets:reminder:{reservation_id}:{hours}:{int(opens_at.timestamp())}"


def _link(reservation_id: UUID) -> str:
    return f"/v1/couplets/reservations/{reservation_id}"
