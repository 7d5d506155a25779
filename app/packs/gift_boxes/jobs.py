"""What gift boxes do later: orders and offers lapse, members are told, addresses are forgotten.

Nobody waits for these but who is told, and the next of a list: whoever comes before them sees
things as they are (`settling.py`).
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign
from app.models.gift_boxes import GiftBoxesBox, GiftBoxesOrder
from app.models.gift_boxes_fulfilment import GiftBoxesAsk
from app.models.states import OfferState
from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes import telling
from app.packs.gift_boxes.fair_jobs import HANDLERS as OF_FAIR_OPENINGS
from app.packs.gift_boxes.fulfilment_jobs import HANDLERS as OF_FULFILMENT
from app.packs.gift_boxes.life import SYSTEM
from app.packs.gift_boxes.offers import LAPSE_OFFER, TELL_OFFER
from app.packs.gift_boxes.order_queries import lock_order
from app.packs.gift_boxes.orders import LAPSE
from app.packs.gift_boxes.paying import TELL_PAID, TELL_REFUNDED
from app.packs.gift_boxes.settling import (
    TELL_LAPSED,
    TELL_OFFER_LAPSED,
    lapse_offer,
    lapse_order,
)
from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.jobs import Handler, Later, Payload, Periodic, Within
from app.shared.identity.callers import Actor
from app.shared.notices import Notices
from app.shared.waiting import lock_offer

# So long after a campaign's end an address is of use: parcels come back, and are sent again.
ADDRESS_KEPT = timedelta(days=90)
BATCH = 500


async def lapse(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester
) -> None:
    """The order, unless it was paid, cancelled or written down meanwhile."""
    order = await lock_order(session, UUID(payload["order_id"]))
    if order.decided is not OrderState.PLACED or order.pay_before is None:
        return
    now = clock.now()
    if now < order.pay_before:
        raise Later(order.pay_before)
    await lapse_order(session, order, now=now, actor=Actor.system(SYSTEM, digester))


async def lapse_an_offer(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester
) -> None:
    """The offer, unless it was accepted, declined or written down meanwhile."""
    offer = await lock_offer(session, UUID(payload["offer_id"]))
    if offer is None or offer.state is not OfferState.OPEN:
        return
    now = clock.now()
    if now < offer.expires_at:
        raise Later(offer.expires_at)
    await lapse_offer(session, offer, now=now, actor=Actor.system(SYSTEM, digester))


async def tell_paid(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_order(session, UUID(payload["order_id"]), "paid")
    await notices.notify(session, told)


async def tell_lapsed(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_order(session, UUID(payload["order_id"]), "lapsed")
    await notices.notify(session, told)


async def tell_refunded(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_refund(session, UUID(payload["refund_id"]))
    await notices.notify(session, told)


async def tell_offer(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_offer(session, UUID(payload["offer_id"]), lapsed=False)
    await notices.notify(session, told)


async def tell_offer_lapsed(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_offer(session, UUID(payload["offer_id"]), lapsed=True)
    await notices.notify(session, told)


async def forget_addresses(session: AsyncSession, payload: Payload, *, clock: Clock) -> bool:
    """Of campaigns that are over for so long; whether there may be more."""
    now = clock.now()
    over = select(Campaign.id).where(Campaign.ends_at <= now - ADDRESS_KEPT)
    old = (
        select(GiftBoxesOrder.id)
        .where(GiftBoxesOrder.campaign_id.in_(over), GiftBoxesOrder.address_sealed.is_not(None))
        .order_by(GiftBoxesOrder.id)
        .limit(BATCH)
    )
    forgotten = await session.scalars(
        update(GiftBoxesOrder)
        .where(GiftBoxesOrder.id.in_(old))
        .values(recipient_sealed=None, phone_sealed=None, address_sealed=None)
        .returning(GiftBoxesOrder.id)
    )
    asks = (
        select(GiftBoxesAsk.entry_id)
        .join(GiftBoxesBox, GiftBoxesBox.id == GiftBoxesAsk.box_id)
        .where(GiftBoxesBox.campaign_id.in_(over), GiftBoxesAsk.address_sealed.is_not(None))
        .order_by(GiftBoxesAsk.entry_id)
        .limit(BATCH)
    )
    of_asks = await session.scalars(
        update(GiftBoxesAsk)
        .where(GiftBoxesAsk.entry_id.in_(asks))
        .values(recipient_sealed=None, phone_sealed=None, address_sealed=None)
        .returning(GiftBoxesAsk.entry_id)
    )
    return BATCH in {len(forgotten.all()), len(of_asks.all())}


HANDLERS: dict[str, Handler] = {
    **OF_FULFILMENT,
    **OF_FAIR_OPENINGS,
    LAPSE: Within(lapse),
    LAPSE_OFFER: Within(lapse_an_offer),
    TELL_PAID: Within(tell_paid),
    TELL_LAPSED: Within(tell_lapsed),
    TELL_REFUNDED: Within(tell_refunded),
    TELL_OFFER: Within(tell_offer),
    TELL_OFFER_LAPSED: Within(tell_offer_lapsed),
    "gift_boxes.forget_addresses": Periodic(forget_addresses, every=timedelta(days=1)),
}
