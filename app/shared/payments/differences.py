"""A difference is somebody's: taken by one of the staff, and resolved in words."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import PaymentDifference
from app.models.states_of_payments import DifferenceState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, write


async def take_difference(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, difference_id: UUID
) -> PaymentDifference:
    """See to it. Raises `NotFound`, `StateConflict` (somebody else does, or has)."""
    async with sessions.begin() as session:
        difference = await _lock(session, once, difference_id)
        if difference.state is not DifferenceState.OPEN:
            raise StateConflict(state=difference.state)
        difference.taken_by, difference.taken_at = actor.id, clock.now()
        await _move(session, clock, difference, DifferenceState.TAKEN, "take", actor)
        await once.keep(session, difference)
    return difference


async def resolve_difference(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    difference_id: UUID,
    resolution: str,
) -> PaymentDifference:
    """Say how it was settled; who resolves an open one takes it by that.

    Raises `NotFound`, `StateConflict` (somebody else's, or resolved).
    """
    async with sessions.begin() as session:
        difference = await _lock(session, once, difference_id)
        is_anothers = difference.taken_by not in {None, actor.id}
        if difference.state is DifferenceState.RESOLVED or is_anothers:
            raise StateConflict(state=difference.state)
        now = clock.now()
        difference.taken_by, difference.taken_at = actor.id, difference.taken_at or now
        difference.resolved_by, difference.resolved_at = actor.id, now
        difference.resolution = resolution
        await _move(
            session, clock, difference, DifferenceState.RESOLVED, "resolve", actor, resolution
        )
        await once.keep(session, difference)
    return difference


async def _lock(session: AsyncSession, once: Once, difference_id: UUID) -> PaymentDifference:
    which = PaymentDifference.id == difference_id
    await once.first(session, about=select(PaymentDifference.id).where(which))
    found = await session.scalar(select(PaymentDifference).where(which).with_for_update())
    if found is None:
        raise NotFound()
    return found


async def _move(
    session: AsyncSession,
    clock: Clock,
    difference: PaymentDifference,
    state: DifferenceState,
    verb: str,
    actor: Actor,
    reason: str | None = None,
) -> None:
    before, difference.state = difference.state, state
    await session.flush()
    act = Act(
        actor,
        f"payment_difference.{verb}",
        "difference",
        difference.id,
        {"state": (before, state)},
        at=clock.now(),
        reason=reason,
    )
    await write(session, [act])
