"""Orders as the payments room sees them: what is due, and what comes of money that came.

The rules for every unknown are the room's (`docs/payments.md`). The pack's own: money for an
order that is held is kept, also past its time as long as nobody has written that down; money for
one that lapsed is kept if all of its boxes are still to be had within the sale, else it goes
back; money for one that was cancelled goes back.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder, GiftBoxesRefund
from app.models.payments import Payment, Refund
from app.models.states_gift_boxes import CancelCause, OrderState
from app.models.states_of_payments import PaymentState, RefundCause, RefundState
from app.packs.gift_boxes import order_queries, queries
from app.packs.gift_boxes.life import SYSTEM, take
from app.packs.gift_boxes.order_queries import OrderFacts
from app.packs.gift_boxes.refusals import OrderExpired
from app.packs.gift_boxes.rules import shown
from app.packs.gift_boxes.settling import PAYABLE
from app.packs.gift_boxes.units import WantedUnits, take_units
from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.errors import Refusal, StateConflict
from app.shared.identity.callers import Actor
from app.shared.outbox import NewJob, put
from app.shared.payments import Answer, Due, Kept, Paid, Payable, RefundBecause, Refunded

# What the payer reads at the provider.
DESCRIPTION = "惠工优选年货礼盒"
TELL_PAID, TELL_REFUNDED = "gift_boxes.tell_paid", "gift_boxes.tell_refunded"


async def lock(session: AsyncSession, order_id: UUID) -> Due | None:
    """The order, locked, and what was due for it, whatever has become of it."""
    found = await order_queries.lock_orders(session, GiftBoxesOrder.id == order_id)
    if not found or found[0].pay_before is None:
        return None
    order = found[0]
    assert order.pay_before is not None
    return Due(order.id, order.member_id, order.amount_fen, DESCRIPTION, order.pay_before)


async def check(session: AsyncSession, due: Due) -> None:
    """Raises `OrderExpired`, also where somebody has written that down, and `StateConflict`."""
    order = await order_queries.require_order(session, due.payable_id)
    now: datetime = (await session.scalars(select(func.campaign_now()))).one()
    state = order.state_at(now)
    if order.cause_at(now) is CancelCause.LAPSED:
        raise OrderExpired(pay_before=shown(due.pay_before))
    if state is not OrderState.PLACED:
        raise StateConflict(state=state.value)


async def on_paid(session: AsyncSession, paid: Paid, *, digester: Digester) -> Answer:
    """The order is locked. Kept once at most; what is not kept goes back whole."""
    order = await order_queries.require_order(session, paid.payable_id)
    actor, now = Actor.system(SYSTEM, digester), paid.learned_at
    if order.decided is OrderState.PLACED:
        # Nobody has written down that its time is over: its boxes are still its own.
        await take(
            session, order, "pay", now=now, actor=actor, from_state=order.decided, paid_at=now
        )
    elif order.decided_cause is not CancelCause.LAPSED:
        return RefundBecause(RefundCause.CANCELLED)
    elif await _take_again(session, order):
        await take(session, order, "honour", now=now, actor=actor, paid_at=now, cancel_cause=None)
    else:
        return RefundBecause(RefundCause.HOLD_LAPSED)
    await put(session, NewJob(TELL_PAID, {"order_id": order.id}))
    return Kept()


async def _take_again(session: AsyncSession, order: OrderFacts) -> bool:
    """All that a lapsed order had, if it is still to be had: then it is as if it had not lapsed."""
    boxes = await queries.find_boxes(session, {line.box_id for line in order.lines})
    wanted = [
        WantedUnits(boxes[line.box_id], boxes[line.box_id].sold, line.id, line.quantity)
        for line in order.lines
    ]
    try:
        async with session.begin_nested():
            await take_units(session, wanted, member_id=order.member_id, person_id=order.person_id)
    except Refusal:
        return False
    return True


async def on_refunded(session: AsyncSession, refunded: Refunded, *, clock: Clock) -> None:
    """The provider has given money of an order back: the order's own refund, or money alone that
    staff gave back of the payment."""
    await session.execute(
        insert(GiftBoxesRefund)
        .values(
            id=refunded.refund_id,
            order_id=refunded.payable_id,
            amount_fen=refunded.amount_fen,
            asked_at=refunded.at,
        )
        .on_conflict_do_nothing(index_elements=[GiftBoxesRefund.id])
    )
    await session.execute(
        update(GiftBoxesRefund)
        .where(GiftBoxesRefund.id == refunded.refund_id)
        .values(returned_at=clock.now())
    )
    await count_refunded(session, refunded.payable_id)
    await put(session, NewJob(TELL_REFUNDED, {"refund_id": refunded.refund_id}))


async def count_refunded(session: AsyncSession, order_id: UUID) -> None:
    """`refunded_fen` of a locked order: what goes back of the money that it kept, by the order or
    of its payment alone, from the asking on, unless the provider has given it up."""
    total = (
        select(func.coalesce(func.sum(Refund.amount_fen), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.payable_kind == PAYABLE,
            Payment.payable_id == order_id,
            Payment.state == PaymentState.PAID,
            Refund.state != RefundState.CLOSED,
        )
        .scalar_subquery()
    )
    await session.execute(
        update(GiftBoxesOrder).where(GiftBoxesOrder.id == order_id).values(refunded_fen=total)
    )


ORDER = Payable(
    kind=PAYABLE,
    lock=lock,
    check=check,
    on_paid=on_paid,
    on_refunded=on_refunded,
    recount=count_refunded,
)
