"""One move of one reservation: its row, its history, the ledger, in the caller's transaction.

Locks: the reservation (or the offer), then the pools of its variant, then places on the list.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsReservation
from app.models.states import ReservationState
from app.packs.couplets import rules
from app.packs.couplets.acts import reservation_act
from app.packs.couplets.history import Move, write_history
from app.packs.couplets.reservation_queries import ReservationFacts
from app.shared.identity.callers import Actor
from app.shared.ledger import write


async def take(
    session: AsyncSession,
    reservation: ReservationFacts,
    act: str,
    *,
    now: datetime,
    actor: Actor,
    from_state: ReservationState | None = None,
    reason_sealed: bytes | None = None,
    kept_reason: str | None = None,
    **columns: Any,
) -> ReservationState:
    """Make the move of a locked reservation, and answer its new state.

    `from_state` is where it stands as the caller has judged it, if that is not as of now;
    `kept_reason` are staff's words, for the ledger; `columns` change with it. Raises
    `StateConflict`.
    """
    before = from_state or reservation.state_at(now)
    after = rules.next_state(before, act)
    closed_at = now if after in rules.ENDED else None
    await session.execute(
        update(CoupletsReservation)
        .where(CoupletsReservation.id == reservation.id)
        .values(state=after, closed_at=closed_at, **columns)
    )
    move = Move(reservation.id, act, (before, after), now, actor, reason_sealed)
    await write_history(session, [move])
    await write(
        session, [reservation_act(actor, act, reservation.id, (before, after), now, kept_reason)]
    )
    return after
