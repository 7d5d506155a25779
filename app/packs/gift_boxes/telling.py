"""Whom a notice goes to, and what it says, from the rows that it is about."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesRefund, GiftBoxesSite
from app.models.states_draws import TurnOutcome
from app.models.states_gift_boxes import OrderState
from app.models.waiting import WaitingOffer
from app.packs.gift_boxes.order_queries import OrderFacts, require_order
from app.packs.gift_boxes.queries import BoxFacts
from app.shared.draws import TakenTurn
from app.shared.notices import NewNotice


async def told_of_order(session: AsyncSession, order_id: UUID, kind: str) -> NewNotice:
    """`paid`, `lapsed`, `not_fetched` or `given`. One that lapsed and was paid all the same is
    told both."""
    order = await require_order(session, order_id)
    amount = {"amount": order.amount_fen} if kind == "paid" else {}
    return NewNotice(
        f"gift_boxes.{kind}",
        order.member_id,
        {"boxes": named(order), **amount},
        dedupe_key=f"gift_boxes:{kind}:{order_id}",
        link=_link(order_id),
    )


async def told_of_refund(session: AsyncSession, refund_id: UUID) -> NewNotice:
    refund = await session.get_one(GiftBoxesRefund, refund_id)
    order = await require_order(session, refund.order_id)
    return NewNotice(
        "gift_boxes.refunded",
        order.member_id,
        {"boxes": named(order), "amount": refund.amount_fen},
        dedupe_key=f"gift_boxes:refunded:{refund_id}",
        link=_link(order.id),
    )


async def told_of_offer(session: AsyncSession, offer_id: UUID, *, lapsed: bool) -> NewNotice:
    """What is kept for somebody, or is no more."""
    row = (
        await session.execute(
            select(WaitingOffer.member_id, WaitingOffer.expires_at, GiftBoxesBox.name)
            .join(GiftBoxesBox, GiftBoxesBox.sold_pool_id == WaitingOffer.pool_id)
            .where(WaitingOffer.id == offer_id)
        )
    ).one()
    kind = "offer_lapsed" if lapsed else "offered"
    until = {} if lapsed else {"until": row.expires_at}
    return NewNotice(
        f"gift_boxes.{kind}",
        row.member_id,
        {"boxes": row.name, **until},
        dedupe_key=f"gift_boxes:{kind}:{offer_id}",
        not_after=None if lapsed else row.expires_at,
        link="/v1/gift-boxes",
    )


async def told_of_packing(session: AsyncSession, order_id: UUID) -> NewNotice | None:
    """That it can be picked up; nothing, if it was fetched or given back meanwhile."""
    order = await require_order(session, order_id)
    site = await session.get(GiftBoxesSite, order.site_id)
    if order.decided is not OrderState.PACKED or site is None:
        return None
    return NewNotice(
        "gift_boxes.ready",
        order.member_id,
        {"boxes": named(order), "site": site.name, "until": site.closes_at},
        dedupe_key=f"gift_boxes:ready:{order_id}",
        not_after=site.closes_at,
        link=_link(order_id),
    )


async def told_of_parcel(session: AsyncSession, order_id: UUID) -> NewNotice | None:
    """Told again where its number was corrected; nothing, if it is forgotten meanwhile."""
    order = await require_order(session, order_id)
    if order.parcel is None:
        return None
    carrier, number = order.parcel
    return NewNotice(
        "gift_boxes.shipped",
        order.member_id,
        {"boxes": named(order), "carrier": carrier, "number": number},
        dedupe_key=f"gift_boxes:shipped:{order_id}:{sha256(number.encode()).hexdigest()[:12]}",
        link=_link(order_id),
    )


def told_of_turns(box: BoxFacts, taken: Sequence[TakenTurn]) -> list[NewNotice]:
    """What each turn of a fair opening came to."""
    return [
        NewNotice(
            f"gift_boxes.turn_{turn.outcome}",
            turn.member_id,
            {"boxes": box.name, "place": turn.number},
            dedupe_key=f"gift_boxes:turn:{turn.entry_id}",
            link=_link(turn.entry_id)
            if turn.outcome is TurnOutcome.GRANTED
            else f"/v1/gift-boxes/{box.id}/entry",
        )
        for turn in taken
    ]


def named(order: OrderFacts) -> str:
    """Its boxes, as a notice names them."""
    return "、".join(f"{line.name} ×{line.quantity}" for line in order.lines)


def _link(order_id: UUID) -> str:
    return f"/v1/gift-boxes/orders/{order_id}"
