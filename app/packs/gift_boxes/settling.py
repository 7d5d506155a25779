"""What time has decided, written down: orders that nobody paid, offers that nobody took.

Nobody waits for a job: who comes first settles what stands in the way. A job does the rest, so
that boxes move on and members are told. At the due instant paying and lapsing race for the
order's lock, and the first wins.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesOrder
from app.models.identity import Member as MemberRow
from app.models.states import OfferState
from app.models.states_gift_boxes import CancelCause, OrderState
from app.models.waiting import WaitingOffer
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.acts import OFFER
from app.packs.gift_boxes.life import SYSTEM, take
from app.packs.gift_boxes.offers import offer_free
from app.packs.gift_boxes.order_queries import OrderFacts, lock_orders
from app.packs.gift_boxes.units import pools_of, return_all
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import Act, write
from app.shared.outbox import NewJob, put
from app.shared.payments import stop_payment
from app.shared.stock import give_back, lock_pools
from app.shared.waiting import OfferFacts, end_offer, lock_offer

PAYABLE = "gift_boxes.order"
TELL_LAPSED, TELL_OFFER_LAPSED = "gift_boxes.tell_lapsed", "gift_boxes.tell_offer_lapsed"


async def lapse_order(
    session: AsyncSession, order: OrderFacts, *, now: datetime, actor: Actor
) -> None:
    """A locked order whose time is over: what it took goes back, and nobody should pay it."""
    system = Actor.system(SYSTEM, actor.digester)
    await take(
        session,
        order,
        "lapse",
        now=now,
        actor=system,
        from_state=OrderState.PLACED,
        cancel_cause=CancelCause.LAPSED,
    )
    await stop_payment(session, kind=PAYABLE, payable_id=order.id, now=now)
    await put(session, NewJob(TELL_LAPSED, {"order_id": order.id}))
    await return_all(session, order.id, why="lapse", now=now, actor=system)


async def lapse_offer(
    session: AsyncSession, offer: OfferFacts, *, now: datetime, actor: Actor
) -> None:
    """A locked offer that nobody accepted in time: its box goes to the next, or to everybody."""
    system = Actor.system(SYSTEM, actor.digester)
    await end_offer(session, offer, OfferState.LAPSED, now=now)
    await write(session, [Act(system, "gift_boxes.offer.lapse", OFFER, offer.id, at=now)])
    await put(session, NewJob(TELL_OFFER_LAPSED, {"offer_id": offer.id}))
    await pass_on(session, offer, why="lapse", now=now, actor=system)


async def pass_on(
    session: AsyncSession, offer: OfferFacts, *, why: str, now: datetime, actor: Actor
) -> None:
    """The box of an offer that has ended, to the next of the list, or to everybody."""
    await lock_pools(session, [offer.pool_id])
    await give_back(session, offer.id, why=why)
    box = await queries.box_of_pool(session, offer.pool_id)
    await offer_free(session, box, 1, now=now, actor=actor)


async def settle_person(sessions: Sessions, clock: Clock, *, member: Member, actor: Actor) -> bool:
    """What a person holds by the books alone, its time being over. Whether there was anything."""
    now = clock.now()
    accounts = select(MemberRow.id).where(MemberRow.person_id == member.person_id)
    async with sessions.begin() as session:
        due = await lock_orders(
            session,
            GiftBoxesOrder.member_id.in_(accounts),
            GiftBoxesOrder.state == OrderState.PLACED,
            GiftBoxesOrder.pay_before <= now,
        )
        # All of their pools at once: one after the other would be an order of its own.
        await lock_pools(session, await pools_of(session, [order.id for order in due]))
        for order in due:
            await lapse_order(session, order, now=now, actor=actor)
        overdue = await session.scalars(_overdue_offers(accounts, now))
        offer_ids = overdue.all()
    for offer_id in offer_ids:
        async with sessions.begin() as session:
            offer = await lock_offer(session, offer_id)
            if offer is not None and offer.state is OfferState.OPEN:
                await lapse_offer(session, offer, now=now, actor=actor)
    return bool(due or offer_ids)


def _overdue_offers(accounts: Select[UUID], now: datetime) -> Select[UUID]:
    """Offers of boxes to these accounts that have lapsed and are not written down so."""
    return (
        select(WaitingOffer.id)
        .join(GiftBoxesBox, GiftBoxesBox.sold_pool_id == WaitingOffer.pool_id)
        .where(
            WaitingOffer.member_id.in_(accounts),
            WaitingOffer.state == OfferState.OPEN,
            WaitingOffer.expires_at <= now,
        )
        .order_by(WaitingOffer.id)
    )
