"""An order's history, one row a move, numbered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select

from app.models.gift_boxes import GiftBoxesOrderHistory as History
from app.models.states_gift_boxes import OrderState
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.outbox.put import Transaction


@dataclass(frozen=True, slots=True)
class Move:
    order_id: UUID
    act: str
    states: tuple[OrderState | None, OrderState]
    at: datetime
    actor: Actor
    reason_sealed: bytes | None = None


async def write_history(transaction: Transaction, move: Move) -> None:
    """Under its order's lock, or with the order itself."""
    number = (
        select(func.coalesce(func.max(History.number), 0) + 1)
        .where(History.order_id == move.order_id)
        .scalar_subquery()
    )
    await transaction.execute(
        insert(History).values(
            id=new_id(),
            order_id=move.order_id,
            number=number,
            at=move.at,
            act=move.act,
            actor=move.actor.name,
            from_state=move.states[0],
            to_state=move.states[1],
            reason_sealed=move.reason_sealed,
        )
    )
