"""The desk's SQL: whose pair it is, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsDispute, CoupletsPickup, CoupletsReservation, CoupletsSite
from app.models.identity import Member, Staff
from app.models.states import PickupInput, PickupState, ReservationState
from app.packs.couplets.presented import PickupFacts, Presentation, Shown
from app.packs.couplets.seals import RECIPIENT_LAST4, RECIPIENT_NAME
from app.platform.crypto import Digester, Sealer
from app.platform.db import AnySelect
from app.shared.counter.names import plain_name
from app.shared.identity.seals import NAME, PHONE_LAST4

PICKUP_COLUMNS = (
    CoupletsPickup.id,
    CoupletsPickup.event_id,
    CoupletsPickup.variant_id,
    CoupletsPickup.site_id,
    CoupletsPickup.reservation_id,
    CoupletsPickup.member_id,
    CoupletsPickup.state,
    CoupletsPickup.input,
    CoupletsPickup.collected_at,
    CoupletsPickup.received_at,
    CoupletsPickup.staff_id,
    Staff.name,
    CoupletsSite.name,
    CoupletsPickup.pickup_no,
    CoupletsPickup.reversed_at,
)


def select_pickups() -> AnySelect:
    return (
        select(*PICKUP_COLUMNS)
        .join(Staff, Staff.id == CoupletsPickup.staff_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsPickup.site_id)
    )


async def find_shown(
    session: AsyncSession, sealer: Sealer, digester: Digester, presented: Sequence[Presentation]
) -> list[list[UUID]]:
    """By place, the reservations of the event that fit what was shown there."""
    codes = await _by_codes(session, presented)
    return [
        await _fitting(session, sealer, digester, each, codes)
        if isinstance(each.what, Shown) and each.what.fault is None
        else []
        for each in presented
    ]


async def _fitting(
    session: AsyncSession,
    sealer: Sealer,
    digester: Digester,
    presented: Presentation,
    codes: dict[bytes, UUID],
) -> list[UUID]:
    what = presented.what
    assert isinstance(what, Shown)
    if what.reservation_id is not None:
        return [what.reservation_id]
    if what.input is PickupInput.NAME:
        return await _by_name(session, sealer, digester, presented.event.id, what)
    return [codes[digest] for digest in what.code_digests if digest in codes]


async def _by_codes(session: AsyncSession, presented: Sequence[Presentation]) -> dict[bytes, UUID]:
    digests = [
        digest
        for each in presented
        if isinstance(each.what, Shown)
        for digest in each.what.code_digests
    ]
    if not digests:
        return {}
    rows = await session.execute(
        select(CoupletsReservation.proxy_code_digest, CoupletsReservation.id).where(
            CoupletsReservation.proxy_code_digest.in_(digests),
            CoupletsReservation.event_id == presented[0].event.id,
        )
    )
    return {digest: found for digest, found in rows if digest is not None}


async def _by_name(
    session: AsyncSession, sealer: Sealer, digester: Digester, event_id: UUID, what: Shown
) -> list[UUID]:
    """The recipient's name and digits, or the member's where there is none. What can still be
    collected first; what was collected or missed only where nothing else fits."""
    rows = (
        await session.execute(
            select(
                CoupletsReservation.id,
                CoupletsReservation.state,
                CoupletsReservation.recipient_name_sealed,
                Member.name_sealed,
            )
            .join(Member, Member.id == CoupletsReservation.member_id)
            .where(
                CoupletsReservation.event_id == event_id,
                CoupletsReservation.state != ReservationState.CANCELLED,
                or_(
                    RECIPIENT_LAST4.finds(digester, what.phone_last4),
                    CoupletsReservation.recipient_last4_digest.is_(None)
                    & PHONE_LAST4.finds(digester, what.phone_last4),
                ),
            )
        )
    ).all()
    wanted = plain_name(what.name)
    fitting = [
        row
        for row in rows
        if wanted
        == plain_name(
            RECIPIENT_NAME.open_if_any(sealer, row.recipient_name_sealed)
            or NAME.open(sealer, row.name_sealed)
        )
    ]
    waiting = [row.id for row in fitting if row.state is ReservationState.RESERVED]
    return waiting or [row.id for row in fitting]


async def known_numbers(
    session: AsyncSession, presented: Sequence[Presentation]
) -> tuple[dict[str, PickupFacts], dict[str, UUID]]:
    """By number: what this desk handed out under it, and whose dispute it is."""
    numbers = [each.pickup_no for each in presented if each.pickup_no is not None]
    if not numbers:
        return {}, {}
    event_id, staff_id = presented[0].event.id, presented[0].staff.id
    rows = await session.execute(
        select_pickups().where(
            CoupletsPickup.event_id == event_id,
            CoupletsPickup.staff_id == staff_id,
            CoupletsPickup.pickup_no.in_(numbers),
        )
    )
    pickups = [PickupFacts(*row) for row in rows]
    disputes = await session.execute(
        select(CoupletsDispute.pickup_no, CoupletsDispute.reservation_id).where(
            CoupletsDispute.event_id == event_id,
            CoupletsDispute.staff_id == staff_id,
            CoupletsDispute.pickup_no.in_(numbers),
        )
    )
    known = {each.pickup_no: each for each in pickups if each.pickup_no is not None}
    return known, {row[0]: row[1] for row in disputes}


async def live_pickups(
    session: AsyncSession, reservation_ids: Sequence[UUID]
) -> dict[UUID, PickupFacts]:
    """Of each reservation the pick-up that was not reversed."""
    rows = await session.execute(
        select_pickups().where(
            CoupletsPickup.reservation_id.in_(reservation_ids),
            CoupletsPickup.state == PickupState.COLLECTED,
        )
    )
    found = [PickupFacts(*row) for row in rows]
    return {each.reservation_id: each for each in found if each.reservation_id is not None}


async def member_ids(session: AsyncSession, numbers: Sequence[str]) -> dict[str, tuple[UUID, UUID]]:
    """Accounts and their persons by member number."""
    rows = await session.execute(
        select(Member.member_no, Member.id, Member.person_id).where(
            Member.member_no.in_(numbers), Member.erased_at.is_(None)
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


@dataclass(frozen=True, slots=True)
class Collector:
    """Who collects a reservation: the recipient, or the member."""

    reservation_id: UUID
    member_id: UUID
    recipient_name_sealed: bytes | None
    recipient_phone_sealed: bytes | None
    name_sealed: bytes
    phone_sealed: bytes


async def collectors(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Collector]:
    """By reservation."""
    if not ids:
        return {}
    rows = await session.execute(
        select(
            CoupletsReservation.id,
            CoupletsReservation.member_id,
            CoupletsReservation.recipient_name_sealed,
            CoupletsReservation.recipient_phone_sealed,
            Member.name_sealed,
            Member.phone_sealed,
        )
        .join(Member, Member.id == CoupletsReservation.member_id)
        .where(CoupletsReservation.id.in_(ids))
    )
    return {row.id: Collector(*row) for row in rows}
