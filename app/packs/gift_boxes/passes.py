"""The pass of an order that is picked up, which its app shows as a QR and renews."""

from uuid import UUID

from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes.holder import find_order
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import StateConflict
from app.shared.counter import Passes, ShownPass

PASS_KIND = "gift-boxes-pass+jwt"


async def show_pass(
    sessions: Sessions, passes: Passes, clock: Clock, *, member_id: UUID, order_id: UUID
) -> ShownPass:
    """A pass signed now, as soon as there is something to hand out.

    Raises `NotFound`, `StateConflict` (it is not packed, or is sent to an address).
    """
    order = await find_order(sessions, member_id=member_id, order_id=order_id)
    now = clock.now()
    state = order.state_at(now)
    if order.site_id is None or state is not OrderState.PACKED:
        raise StateConflict(state=state.value)
    return passes.show(order.id, order.site_id, now)
