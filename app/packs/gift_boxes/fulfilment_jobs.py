"""What handing over does later: members are told, time closes and lapses, parcels are forgotten."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign
from app.models.gift_boxes import GiftBoxesOrder
from app.models.gift_boxes_fulfilment import GiftBoxesShipment
from app.packs.gift_boxes import telling
from app.packs.gift_boxes.life import SYSTEM
from app.packs.gift_boxes.packing import TELL_READY
from app.packs.gift_boxes.receipt import (
    NOT_FETCHED,
    TELL_NOT_FETCHED,
    close_unconfirmed,
    find_unfetched,
    lapse_unfetched,
)
from app.packs.gift_boxes.shipments import TELL_SHIPPED
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.jobs import Handler, Payload, Periodic, Within
from app.shared.identity.callers import Actor
from app.shared.notices import Notices
from app.shared.outbox import NewJob, put_many

# As long as the address that it leads to.
PARCEL_KEPT = timedelta(days=90)
CLOSED_AT_ONCE, LAPSED_AT_ONCE, FORGOTTEN_AT_ONCE = 200, 1_000, 500


async def tell_ready(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_packing(session, UUID(payload["order_id"]))
    if told is not None:
        await notices.notify(session, told)


async def tell_shipped(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_parcel(session, UUID(payload["order_id"]))
    if told is not None:
        await notices.notify(session, told)


async def tell_not_fetched(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_order(session, UUID(payload["order_id"]), "not_fetched")
    await notices.notify(session, told)


async def lapse_not_fetched(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester, sealer: Sealer
) -> None:
    """One order, in a transaction of its own, so that locks are taken in their order."""
    actor = Actor.system(SYSTEM, digester)
    order_id = UUID(payload["order_id"])
    await lapse_unfetched(session, clock, sealer, order_id=order_id, actor=actor)


async def sweep_not_fetched(session: AsyncSession, payload: Payload, *, clock: Clock) -> None:
    """A job an order whose site has closed; one that is under way is not put twice."""
    due = await find_unfetched(session, now=clock.now(), limit=LAPSED_AT_ONCE)
    jobs = [
        NewJob(NOT_FETCHED, {"order_id": each}, dedupe_key=f"gift_boxes:not_fetched:{each}")
        for each in due
    ]
    await put_many(session, jobs)


async def close_received(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester
) -> bool:
    """Whether there may be more."""
    actor = Actor.system(SYSTEM, digester)
    closed = await close_unconfirmed(session, now=clock.now(), actor=actor, limit=CLOSED_AT_ONCE)
    return closed == CLOSED_AT_ONCE


async def forget_parcels(session: AsyncSession, payload: Payload, *, clock: Clock) -> bool:
    """Of campaigns that are over for so long; whether there may be more."""
    over = select(Campaign.id).where(Campaign.ends_at <= clock.now() - PARCEL_KEPT)
    old = (
        select(GiftBoxesShipment.order_id)
        .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesShipment.order_id)
        .where(GiftBoxesOrder.campaign_id.in_(over))
        .order_by(GiftBoxesShipment.order_id)
        .limit(FORGOTTEN_AT_ONCE)
    )
    gone = await session.scalars(
        delete(GiftBoxesShipment)
        .where(GiftBoxesShipment.order_id.in_(old))
        .returning(GiftBoxesShipment.order_id)
    )
    return len(gone.all()) == FORGOTTEN_AT_ONCE


HANDLERS: dict[str, Handler] = {
    TELL_READY: Within(tell_ready),
    TELL_SHIPPED: Within(tell_shipped),
    TELL_NOT_FETCHED: Within(tell_not_fetched),
    NOT_FETCHED: Within(lapse_not_fetched),
    "gift_boxes.sweep_not_fetched": Periodic(sweep_not_fetched, every=timedelta(minutes=10)),
    "gift_boxes.close_received": Periodic(close_received, every=timedelta(hours=1)),
    "gift_boxes.forget_parcels": Periodic(forget_parcels, every=timedelta(days=1)),
}
