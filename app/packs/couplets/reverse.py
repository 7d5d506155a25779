"""A wrong hand-out is undone, with a reason: the pair is the holder's again, or the door's."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsPickup, CoupletsReservation
from app.models.states import PickupState, ReservationState
from app.packs.couplets import desk_queries, queries, reservation_queries
from app.packs.couplets.acts import PICKUP
from app.packs.couplets.life import take
from app.packs.couplets.presented import PickupFacts
from app.packs.couplets.reservation_queries import ReservationFacts
from app.packs.couplets.units import lock_variant, to_the_door
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write
from app.shared.stock import give_back

REVERSE, REVERSE_LATE = "reverse", "reverse_late"
_STATES = {"state": (PickupState.COLLECTED, PickupState.REVERSED)}


@dataclass(frozen=True, slots=True)
class Reversed:
    """The pick-up as it now is, and what its reservation is again, if it had one."""

    pickup: PickupFacts
    reservation_state: ReservationState | None
    reason: str


async def reverse_pickup(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, pickup_id: UUID, reason: str
) -> Reversed:
    """Raises `NotFound`, `StateConflict` (reversed already)."""
    async with sessions.begin() as session:
        found = select(CoupletsPickup.id).where(CoupletsPickup.id == pickup_id)
        await once.first(session, about=found)
        pickup = await _find(session, pickup_id)
        reservation = await _lock_reservation(session, pickup)
        await session.scalar(found.with_for_update())
        pickup = await _find(session, pickup_id)
        if pickup.state is PickupState.REVERSED:
            raise StateConflict(state=pickup.state.value)
        now = clock.now()
        await session.execute(
            update(CoupletsPickup)
            .where(CoupletsPickup.id == pickup_id)
            .values(
                state=PickupState.REVERSED,
                reversed_at=now,
                reversed_by=actor.name,
                reversal_reason=reason,
            )
        )
        act = Act(actor, "couplets.pickup.reverse", PICKUP, pickup_id, _STATES, reason=reason)
        await write(session, [act])
        state = None
        if reservation is None:
            await give_back(session, pickup_id, why=REVERSE)
        else:
            state = await _reopen(session, reservation, clock=clock, actor=actor, reason=reason)
        undone = Reversed(await _find(session, pickup_id), state, reason)
        await once.keep(session, undone)
    return undone


async def _reopen(
    session: AsyncSession,
    reservation: ReservationFacts,
    *,
    clock: Clock,
    actor: Actor,
    reason: str,
) -> ReservationState:
    """Before its site is released it waits to be collected again; after that nobody comes."""
    now = clock.now()
    is_late = now >= reservation.release_at
    state = await take(
        session,
        reservation,
        REVERSE_LATE if is_late else REVERSE,
        now=now,
        actor=actor,
        kept_reason=reason,
    )
    if not is_late:
        return state
    event = await queries.require_event(session, reservation.event_id)
    variant = event.variant(reservation.variant_id)
    assert variant is not None, "variants are not removed"
    await lock_variant(session, variant)
    await give_back(session, reservation.unit_id, why=REVERSE)
    if reservation.unit_pool_id == variant.reserved.id:
        await to_the_door(session, variant, 1, why=REVERSE)
    return state


async def _lock_reservation(session: AsyncSession, pickup: PickupFacts) -> ReservationFacts | None:
    if pickup.reservation_id is None:
        return None
    [found] = await reservation_queries.lock_reservations(
        session, CoupletsReservation.id == pickup.reservation_id
    )
    return found


async def _find(session: AsyncSession, pickup_id: UUID) -> PickupFacts:
    """Raises `NotFound`."""
    statement = desk_queries.select_pickups().where(CoupletsPickup.id == pickup_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return PickupFacts(*row)
