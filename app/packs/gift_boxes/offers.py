"""Where a box goes that came free: to the first of its waiting list, or back to everybody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.gift_boxes import GiftBoxesLine, GiftBoxesOrder
from app.models.identity import Member
from app.models.states import OfferState
from app.models.states_gift_boxes import CancelCause
from app.models.waiting import WaitingOffer
from app.packs.gift_boxes import rules
from app.packs.gift_boxes.acts import OFFER
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.rules import SaleRules
from app.packs.gift_boxes.terms import SALE
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, made, write
from app.shared.outbox import NewJob, put_many
from app.shared.waiting import OfferFacts, Place, Terms, hand_on

LAPSE_OFFER, TELL_OFFER = "gift_boxes.lapse_offer", "gift_boxes.tell_offer"


async def offer_free(
    session: AsyncSession, box: BoxFacts, count: int, *, now: datetime, actor: Actor
) -> None:
    """So many units came free, whose pool the caller has locked: who waits is offered them, one
    each, before anybody else can have them. What nobody can be offered stays free."""
    sale = await SALE.read(session, box.campaign_id)
    if sale.offered_until(now, box.closes_at) is None:
        return
    terms = Terms(judge=_Judge(box, sale), record=_Recording(actor))
    for _ in range(count):
        if await hand_on(session, terms, box.sold.id, now=now) is None:
            return


@dataclass(frozen=True, slots=True)
class _Judge:
    """Who of those whose turn it is can be offered one of this box."""

    box: BoxFacts
    sale: SaleRules

    async def __call__(self, session: AsyncSession, place: Place, now: datetime) -> datetime | str:
        if await has_given_up(session, self.box, place.person_id):
            return rules.CANCELLED_BEFORE
        return self.sale.offered_until(now, self.box.closes_at) or rules.SALE_TOO_NEAR


async def has_given_up(session: AsyncSession, box: BoxFacts, person_id: UUID) -> bool:
    """Whether this person cancelled an order of the box, or declined one that was offered."""
    accounts = select(Member.id).where(Member.person_id == person_id)
    cancelled = exists().where(
        GiftBoxesOrder.member_id.in_(accounts),
        GiftBoxesOrder.cancel_cause == CancelCause.ASKED,
        GiftBoxesLine.order_id == GiftBoxesOrder.id,
        GiftBoxesLine.box_id == box.id,
    )
    declined = exists().where(
        WaitingOffer.pool_id == box.sold.id,
        WaitingOffer.member_id.in_(accounts),
        WaitingOffer.state == OfferState.DECLINED,
    )
    return bool(await session.scalar(select(cancelled | declined)))


@dataclass(frozen=True, slots=True)
class _Recording:
    actor: Actor

    async def __call__(self, connection: AsyncConnection, place: Place, offer: OfferFacts) -> None:
        about = {"offer_id": offer.id}
        lapse = NewJob(LAPSE_OFFER, about, due_at=offer.expires_at)
        await put_many(connection, [lapse, NewJob(TELL_OFFER, about)])
        changes = made(entry_id=place.id, expires_at=offer.expires_at)
        act = Act(
            self.actor, "gift_boxes.offer.make", OFFER, offer.id, changes, at=offer.offered_at
        )
        await write(connection, [act])
