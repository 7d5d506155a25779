"""A reservation's history, one row a move, numbered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select

from app.models.couplets import CoupletsReservationHistory as History
from app.models.states import ReservationState
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.outbox.put import Transaction


@dataclass(frozen=True, slots=True)
class Move:
    reservation_id: UUID
    act: str
    states: tuple[ReservationState | None, ReservationState]
    at: datetime
    actor: Actor
    reason_sealed: bytes | None = None


async def write_history(transaction: Transaction, moves: Sequence[Move]) -> None:
    """Each under its reservation's lock, or with the reservation itself."""
    if not moves:
        return
    numbers = await transaction.execute(
        select(History.reservation_id, func.max(History.number))
        .where(History.reservation_id.in_([each.reservation_id for each in moves]))
        .group_by(History.reservation_id)
    )
    last = {row[0]: row[1] for row in numbers}
    await transaction.execute(
        insert(History),
        [
            {
                "id": new_id(),
                "reservation_id": each.reservation_id,
                "number": last.get(each.reservation_id, 0) + 1,
                "at": each.at,
                "act": each.act,
                "actor": each.actor.name,
                "from_state": each.states[0],
                "to_state": each.states[1],
                "reason_sealed": each.reason_sealed,
            }
            for each in moves
        ],
    )
