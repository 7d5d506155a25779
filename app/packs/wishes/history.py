"""A wish's history, one row a move, numbered; written under the lock of the wish's pool."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select

from app.models.states import WishState
from app.models.wishes import WishHistory
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.outbox import NewJob, put
from app.shared.outbox.put import Transaction

TELL = "wishes.tell"


async def write_history(
    transaction: Transaction,
    wish_id: UUID,
    act: str,
    states: tuple[WishState | None, WishState],
    *,
    at: datetime,
    actor: Actor,
    claim_id: UUID | None = None,
    reason_sealed: bytes | None = None,
) -> None:
    """One move, and that both sides are to be told of it."""
    move_id = new_id()
    number = (
        select(func.coalesce(func.max(WishHistory.number), 0) + 1)
        .where(WishHistory.wish_id == wish_id)
        .scalar_subquery()
    )
    await transaction.execute(
        insert(WishHistory).values(
            id=move_id,
            wish_id=wish_id,
            number=number,
            claim_id=claim_id,
            at=at,
            act=act,
            actor=actor.name,
            from_state=states[0],
            to_state=states[1],
            reason_sealed=reason_sealed,
        )
    )
    await put(transaction, NewJob(TELL, {"move_id": move_id}))
