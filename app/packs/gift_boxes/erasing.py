"""Somebody is erased: what is unpaid is given up, and all that tells of anybody goes."""

from sqlalchemy import exists, select, update

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesOrder, GiftBoxesOrderHistory
from app.models.states import OfferState
from app.models.states_gift_boxes import OrderState
from app.models.waiting import WaitingEntry, WaitingOffer
from app.packs.gift_boxes import order_queries
from app.packs.gift_boxes.holder import cancel_locked
from app.packs.gift_boxes.seals import REASON
from app.packs.gift_boxes.settling import lapse_offer, lapse_order
from app.packs.gift_boxes.units import pools_of
from app.packs.gift_boxes.waitlist import leave
from app.platform.errors import Words
from app.shared.identity.callers import Actor
from app.shared.personal_data import Erasing, Fate, Outcome
from app.shared.sealed.fields import ERASED
from app.shared.stock import lock_pools
from app.shared.waiting import live_place, lock_offer, offer_state

# Paid for or given, and not with its people yet.
ON_ITS_WAY = (OrderState.PAID, OrderState.PACKED, OrderState.SHIPPED)

COUNTED = Words(
    "未付款的订单已取消，收货信息与原因已删除；不含个人信息的记录留作账目，不再能关联到您。",
    "Unpaid orders are cancelled; addresses and reasons are gone. What tells nothing of you stays "
    "in the accounts, and leads to nobody.",
)
WAITS = Words(
    "有已付款的年货尚未送达；送达或退款后可再次申请，收货地址最迟于活动结束 90 天后删除。",
    "Something that is paid is still on its way. Ask again when it has arrived or is given back; "
    "the address goes 90 days after the campaign at the latest.",
)


async def fate(erasing: Erasing) -> Fate:
    """Who waits for a parcel can still get it."""
    on_its_way = exists().where(
        GiftBoxesOrder.member_id == erasing.subject.member_id,
        GiftBoxesOrder.state.in_(ON_ITS_WAY),
        GiftBoxesOrder.address_sealed.is_not(None),
    )
    if await erasing.session.scalar(select(on_its_way)):
        return Fate(Outcome.REFUSED, WAITS)
    return Fate(Outcome.ERASED, COUNTED)


async def erase_orders(erasing: Erasing) -> None:
    """Places are left, offers declined, unpaid orders cancelled; then what tells of anybody."""
    actor = erasing.actor
    assert actor is not None, "nothing is erased by foreseeing it"
    await _give_up_orders(erasing, actor)
    await _leave_lists(erasing, actor)
    session, member_id = erasing.session, erasing.subject.member_id
    mine = select(GiftBoxesOrder.id).where(GiftBoxesOrder.member_id == member_id)
    await session.execute(
        update(GiftBoxesOrder)
        .where(GiftBoxesOrder.id.in_(mine))
        .values(
            recipient_sealed=None, phone_sealed=None, address_sealed=None, erased_at=erasing.now
        )
    )
    history = GiftBoxesOrderHistory
    await session.execute(
        update(history)
        .where(history.order_id.in_(mine), history.reason_sealed.is_not(None))
        .values(reason_sealed=REASON.seal(erasing.sealer, ERASED))
    )


async def _give_up_orders(erasing: Erasing, actor: Actor) -> None:
    session, now = erasing.session, erasing.now
    unpaid = await order_queries.lock_orders(
        session,
        GiftBoxesOrder.member_id == erasing.subject.member_id,
        GiftBoxesOrder.state == OrderState.PLACED,
    )
    await lock_pools(session, await pools_of(session, [order.id for order in unpaid]))
    for order in unpaid:
        if order.state_at(now) is OrderState.PLACED:
            await cancel_locked(session, order, now=now, actor=actor)
        else:
            await lapse_order(session, order, now=now, actor=actor)


async def _leave_lists(erasing: Erasing, actor: Actor) -> None:
    session, now, subject = erasing.session, erasing.now, erasing.subject
    offer_ids = await session.scalars(
        select(WaitingOffer.id)
        .join(GiftBoxesBox, GiftBoxesBox.sold_pool_id == WaitingOffer.pool_id)
        .where(WaitingOffer.member_id == subject.member_id, WaitingOffer.state == OfferState.OPEN)
        .order_by(WaitingOffer.pool_id)
    )
    offers = [await lock_offer(session, offer_id) for offer_id in offer_ids.all()]
    pools = (
        await session.execute(
            select(WaitingEntry.pool_id, WaitingEntry.group_id)
            .join(GiftBoxesBox, GiftBoxesBox.sold_pool_id == WaitingEntry.pool_id)
            .where(WaitingEntry.member_id == subject.member_id)
            .distinct()
        )
    ).all()
    await lock_pools(session, [row.pool_id for row in pools])
    for offer in offers:
        if (
            offer is not None
            and offer_state(offer.state, offer.expires_at, now) is OfferState.LAPSED
        ):
            await lapse_offer(session, offer, now=now, actor=actor)
    for row in pools:
        place = await live_place(session, group_id=row.group_id, person_id=subject.person_id)
        if place is not None and place.member_id == subject.member_id:
            offer = next((each for each in offers if each and each.entry_id == place.id), None)
            await leave(session, place, offer, now=now, actor=actor)
