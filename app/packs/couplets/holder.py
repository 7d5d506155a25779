"""The holder's side of a reservation: see it, cancel it, say who collects it, show its pass."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsReservation
from app.models.states import ReservationState
from app.packs.couplets import queries, reservation_queries
from app.packs.couplets.life import take
from app.packs.couplets.queries import EventFacts
from app.packs.couplets.reservation_queries import (
    NEWEST_FIRST,
    ReservationFacts,
)
from app.packs.couplets.seals import (
    PROXY_CODE,
    PROXY_LOOKUP,
    REASON,
    RECIPIENT_LAST4,
    RECIPIENT_NAME,
    RECIPIENT_PHONE,
)
from app.packs.couplets.settling import announce
from app.packs.couplets.units import pass_on
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pages import Page, PageRequest
from app.shared.counter import Passes, ShownPass
from app.shared.counter.codes import new_code
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.stock import Stock


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who collects a pair instead of its holder."""

    name: str
    phone: str


async def find_reservation(
    sessions: Sessions, *, member_id: UUID, reservation_id: UUID
) -> ReservationFacts:
    """One of the member's own. Raises `NotFound`."""
    async with sessions() as session:
        found = await reservation_queries.find_reservations(
            session,
            CoupletsReservation.id == reservation_id,
            CoupletsReservation.member_id == member_id,
        )
    if not found:
        raise NotFound()
    return found[0]


async def list_reservations(
    sessions: Sessions, *, member_id: UUID, page: PageRequest
) -> Page[ReservationFacts]:
    """The member's own, newest first."""
    statement = reservation_queries.select_reservations().where(
        CoupletsReservation.member_id == member_id
    )
    async with sessions() as session:
        rows = await NEWEST_FIRST.page(session, statement, page)
    return rows.map(reservation_queries.reservation_facts)


async def cancel_reservation(
    stock: Stock,
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    reservation_id: UUID,
    reason: str | None = None,
) -> ReservationFacts:
    """Give the pair up: it is the first's of the waiting list, or the door's, at once.

    Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=_find_own(member_id, reservation_id))
        reservation = await reservation_queries.lock_own_reservation(
            session, reservation_id=reservation_id, member_id=member_id
        )
        now = clock.now()
        sealed = REASON.seal(sealer, reason) if reason else None
        event = await cancel(session, reservation, now=now, actor=actor, reason_sealed=sealed)
        cancelled = await _again(session, reservation.id)
        await once.keep(session, cancelled)
    await announce(stock, event)
    return cancelled


async def cancel(
    session: AsyncSession,
    reservation: ReservationFacts,
    *,
    now: datetime,
    actor: Actor,
    reason_sealed: bytes | None = None,
) -> EventFacts:
    """A locked reservation, in the caller's transaction, who announces the event's pools after
    it. Raises `StateConflict`."""
    await take(
        session,
        reservation,
        "cancel",
        now=now,
        actor=actor,
        reason_sealed=reason_sealed,
        proxy_code_sealed=None,
        proxy_code_digest=None,
    )
    event = await queries.require_event(session, reservation.event_id)
    variant = event.variant(reservation.variant_id)
    assert variant is not None, "variants are not removed"
    await pass_on(session, event, variant, reservation.unit_id, why="cancel", now=now, actor=actor)
    return event


async def set_recipient(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    digester: Digester,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    reservation_id: UUID,
    recipient: Recipient | None,
) -> ReservationFacts:
    """Somebody else collects this pair, or (None) the member after all. The pair stays the same.

    Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=_find_own(member_id, reservation_id))
        reservation = await reservation_queries.lock_own_reservation(
            session, reservation_id=reservation_id, member_id=member_id
        )
        await take(
            session,
            reservation,
            "set_recipient",
            now=clock.now(),
            actor=actor,
            recipient_name_sealed=recipient and RECIPIENT_NAME.seal(sealer, recipient.name),
            recipient_phone_sealed=recipient and RECIPIENT_PHONE.seal(sealer, recipient.phone),
            recipient_last4_digest=recipient and RECIPIENT_LAST4.digest(digester, recipient.phone),
        )
        changed = await _again(session, reservation.id)
        await once.keep(session, changed)
    return changed


async def issue_proxy(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    digester: Digester,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    reservation_id: UUID,
) -> ReservationFacts:
    """A one-time code by which somebody else may collect the pair; the one before is dead.

    Raises `NotFound`, `StateConflict`.
    """
    code = new_code()
    async with sessions.begin() as session:
        await once.first(session, about=_find_own(member_id, reservation_id))
        reservation = await reservation_queries.lock_own_reservation(
            session, reservation_id=reservation_id, member_id=member_id
        )
        await take(
            session,
            reservation,
            "issue_proxy",
            now=clock.now(),
            actor=actor,
            proxy_code_sealed=PROXY_CODE.seal(sealer, code),
            proxy_code_digest=PROXY_LOOKUP.digest(digester, code),
            proxy_used_at=None,
        )
        issued = await _again(session, reservation.id)
        await once.keep(session, issued)
    return issued


async def show_pass(
    sessions: Sessions, passes: Passes, clock: Clock, *, member_id: UUID, reservation_id: UUID
) -> ShownPass:
    """A pass signed now. Raises `NotFound`, `StateConflict` (nothing to collect by it)."""
    reservation = await find_reservation(
        sessions, member_id=member_id, reservation_id=reservation_id
    )
    now = clock.now()
    state = reservation.state_at(now)
    if state is not ReservationState.RESERVED:
        raise StateConflict(state=state.value)
    return passes.show(reservation.id, reservation.event_id, now)


def _find_own(member_id: UUID, reservation_id: UUID) -> AnySelect:
    return select(CoupletsReservation.id).where(
        CoupletsReservation.id == reservation_id, CoupletsReservation.member_id == member_id
    )


async def _again(session: AsyncSession, reservation_id: UUID) -> ReservationFacts:
    [found] = await reservation_queries.find_reservations(
        session, CoupletsReservation.id == reservation_id
    )
    return found
