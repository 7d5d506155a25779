"""Reservations as the flush writes them, all of a batch together: rows, history, the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.couplets import CoupletsReservation
from app.models.states import PackKind, ReservationState, WaitingState
from app.packs.couplets.acts import reservation_act
from app.packs.couplets.history import Move, write_history
from app.packs.couplets.queries import (
    SiteFacts,
    VariantFacts,
)
from app.platform.db import is_one_of
from app.shared.campaigns import hold_open
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import Grant, Recorder
from app.shared.waiting import end_places

RESERVE = "reserve"
_NEW = (None, ReservationState.RESERVED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a press is for, and who presses."""

    campaign_id: UUID
    variant: VariantFacts
    site: SiteFacts
    actor: Actor


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """A reservation as it was granted, which never changes: the answer to every repeat."""

    id: UUID
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    reserved_at: datetime


async def _insert(connection: AsyncConnection, grants: Sequence[Grant]) -> list[ReservationRow]:
    # One pool, so one event.
    await hold_open(connection, grants[0].press.payload.campaign_id, PackKind.COUPLETS)
    rows = [_row(grant) for grant in grants]
    await connection.execute(
        insert(CoupletsReservation),
        [
            {
                "id": row.id,
                "event_id": row.event_id,
                "variant_id": row.variant_id,
                "site_id": row.site_id,
                "member_id": grant.press.member_id,
                "state": ReservationState.RESERVED,
                "unit_id": row.id,
                "unit_pool_id": grant.press.payload.variant.reserved.id,
                "was_offered": False,
                "reserved_at": row.reserved_at,
            }
            for row, grant in zip(rows, grants, strict=True)
        ],
    )
    made = [(row, grant.press.payload.actor) for row, grant in zip(rows, grants, strict=True)]
    await write_history(
        connection, [Move(row.id, RESERVE, _NEW, row.reserved_at, actor) for row, actor in made]
    )
    await write(
        connection,
        [reservation_act(actor, RESERVE, row.id, _NEW, row.reserved_at) for row, actor in made],
    )
    await _have_what_they_waited_for(connection, grants)
    return rows


def _row(grant: Grant) -> ReservationRow:
    wanted: Wanted = grant.press.payload
    return ReservationRow(
        grant.press.claim_id,
        wanted.variant.event_id,
        wanted.variant.id,
        wanted.site.id,
        grant.at,
    )


async def _have_what_they_waited_for(connection: AsyncConnection, grants: Sequence[Grant]) -> None:
    """Who has a pair now waits for none: they left the list by themselves."""
    await end_places(
        connection,
        group_id=grants[0].press.payload.variant.reserved.group_id,
        person_ids=[grant.press.person_id for grant in grants],
        state=WaitingState.LEFT,
        now=grants[0].at,
    )


_BY_IDS = select(
    CoupletsReservation.id,
    CoupletsReservation.event_id,
    CoupletsReservation.variant_id,
    CoupletsReservation.site_id,
    CoupletsReservation.reserved_at,
).where(is_one_of(CoupletsReservation.id, "ids"))


async def _read(
    connection: AsyncConnection, claim_ids: Sequence[UUID]
) -> dict[UUID, ReservationRow]:
    rows = await connection.execute(_BY_IDS, {"ids": list(claim_ids)})
    return {row.id: ReservationRow(*row) for row in rows}


RECORDER: Recorder[ReservationRow] = Recorder(insert=_insert, read=_read)
