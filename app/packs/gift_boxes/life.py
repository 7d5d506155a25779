"""One move of one order: its row, its history, the ledger, in the caller's transaction.

Locks: the order (or the offer), then its payment, then the pools of its boxes by id, then places
on the list.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder
from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes import rules
from app.packs.gift_boxes.acts import order_act
from app.packs.gift_boxes.history import Move, write_history
from app.packs.gift_boxes.order_queries import OrderFacts
from app.shared.identity.callers import Actor
from app.shared.ledger import write

SYSTEM = "gift_boxes"


async def take(
    session: AsyncSession,
    order: OrderFacts,
    act: str,
    *,
    now: datetime,
    actor: Actor,
    from_state: OrderState | None = None,
    reason_sealed: bytes | None = None,
    kept_reason: str | None = None,
    **columns: Any,
) -> OrderState:
    """Make the move of a locked order, and answer its new state.

    `from_state` is where it stands as the caller has judged it, if that is not as of now;
    `kept_reason` are staff's words, for the ledger; `columns` change with it. Raises
    `StateConflict`.
    """
    before = from_state or order.state_at(now)
    after = rules.next_state(before, act)
    moved = {"moved_at": now} if after is not before else {}
    await session.execute(
        update(GiftBoxesOrder)
        .where(GiftBoxesOrder.id == order.id)
        .values(state=after, **moved, **columns)
    )
    await write_history(session, Move(order.id, act, (before, after), now, actor, reason_sealed))
    entry = order_act(actor, act, order.id, (before, after), now, reason=kept_reason)
    await write(session, [entry])
    return after
