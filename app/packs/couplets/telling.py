"""Whom a notice goes to, and what it says, from the rows that it is about."""

from collections.abc import Sequence
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
from app.models.states_draws import TurnOutcome
from app.models.waiting import WaitingOffer
from app.packs.couplets.queries import EventFacts
from app.shared.draws import TakenTurn
from app.shared.notices import NewNotice
from app.shared.notices.reminders import MOST_AT_ONCE, reminder_key


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
) -> list[tuple[UUID, NewNotice]]:
    """Whose pair waits at a site, behind that reservation, so many at once."""
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
        .limit(MOST_AT_ONCE)
    )
    if after is not None:
        statement = statement.where(CoupletsReservation.id > after)
    rows = (await session.execute(statement)).all()
    return [
        (
            row.id,
            NewNotice(
                "couplets.reminder",
                row.member_id,
                {"event": row.title, "site": row.name, "opens_at": row.opens_at},
                dedupe_key=reminder_key("couplets:reminder", row.id, hours, row.opens_at),
                not_after=row.opens_at,
                link=_link(row.id),
            ),
        )
        for row in rows
    ]


def told_of_turns(event: EventFacts, taken: Sequence[TakenTurn]) -> list[NewNotice]:
    """What each turn of a fair opening came to."""
    return [
        NewNotice(
            f"couplets.turn_{turn.outcome}",
            turn.member_id,
            {"event": event.title, "place": turn.number},
            dedupe_key=f"couplets:turn:{turn.entry_id}",
            link=_link(turn.entry_id)
            if turn.outcome is TurnOutcome.GRANTED
            else f"/v1/couplets/events/{event.id}",
        )
        for turn in taken
    ]


def _link(reservation_id: UUID) -> str:
    return f"/v1/couplets/reservations/{reservation_id}"
