"""A wrong hand-out is undone, with a reason: the order waits again to be picked up."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes_fulfilment import GiftBoxesPickup
from app.models.states import PickupState
from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes.life import take
from app.packs.gift_boxes.order_queries import lock_order
from app.packs.gift_boxes.pickup_queries import PickupFacts, select_pickups
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write

PICKUP = "pickup"
_STATES = {"state": (PickupState.COLLECTED, PickupState.REVERSED)}


@dataclass(frozen=True, slots=True)
class Reversed:
    """The hand-out as it now is, and what its order is again."""

    pickup: PickupFacts
    order_state: OrderState
    reason: str


async def reverse_pickup(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, pickup_id: UUID, reason: str
) -> Reversed:
    """As long as nobody has confirmed it, and it was not given back as a whole.

    Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        find = select(GiftBoxesPickup.id).where(GiftBoxesPickup.id == pickup_id)
        await once.first(session, about=find)
        # Whose it is never changes: the order is locked first, as everywhere.
        order = await lock_order(session, (await _find(session, pickup_id)).order_id)
        pickup = await _find(session, pickup_id)
        if pickup.state is PickupState.REVERSED:
            raise StateConflict(state=pickup.state.value)
        now = clock.now()
        state = await take(session, order, "reverse", now=now, actor=actor, kept_reason=reason)
        await session.execute(
            update(GiftBoxesPickup)
            .where(GiftBoxesPickup.id == pickup_id)
            .values(
                state=PickupState.REVERSED,
                reversed_at=now,
                reversed_by=actor.name,
                reversal_reason=reason,
            )
        )
        act = Act(
            actor, "gift_boxes.pickup.reverse", PICKUP, pickup_id, _STATES, at=now, reason=reason
        )
        await write(session, [act])
        undone = Reversed(await _find(session, pickup_id), state, reason)
        await once.keep(session, undone)
    return undone


async def _find(session: AsyncSession, pickup_id: UUID) -> PickupFacts:
    """Raises `NotFound`."""
    statement = select_pickups().where(GiftBoxesPickup.id == pickup_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return PickupFacts(*row)
