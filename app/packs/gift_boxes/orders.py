"""An order: made of lines that were granted together, in one transaction.

Who comes by the sale and who accepts an offer make the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesLine, GiftBoxesOrder
from app.models.states import WaitingState
from app.models.states_gift_boxes import DeliveryMode, OrderKind, OrderState
from app.packs.gift_boxes.acts import order_act
from app.packs.gift_boxes.history import Move, write_history
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.refusals import PriceChanged
from app.packs.gift_boxes.seals import OF_ORDER
from app.packs.gift_boxes.terms import SALE
from app.platform.crypto import Sealer
from app.platform.errors import FieldError, InputInvalid, Words
from app.platform.ids import new_id
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import write
from app.shared.outbox import NewJob, put
from app.shared.sealed import SealedField
from app.shared.waiting import end_places

LAPSE = "gift_boxes.lapse"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an order reaches its people: at a site, or at an address."""

    mode: DeliveryMode
    site_id: UUID | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class NewLine:
    """So many of a box; `price_fen` is what the buyer was shown, if they say so."""

    box: BoxFacts
    quantity: int
    price_fen: int | None = None


def check_delivery(boxes: Sequence[BoxFacts], delivery: Delivery, *, now: datetime) -> None:
    """One way for the whole order, that every box of it has; at a site that has closed for good
    nobody would ever hand it out. Raises `InputInvalid`."""
    if delivery.mode is DeliveryMode.DELIVERY:
        if not all(box.is_delivered for box in boxes):
            raise InputInvalid(errors=(NOT_DELIVERED,))
        return
    assert delivery.site_id is not None, "the edge has judged the shape"
    sites = [box.site(delivery.site_id) for box in boxes]
    if None in sites:
        raise InputInvalid(errors=(UNKNOWN_SITE,))
    if any(site is not None and site.closes_at <= now for site in sites):
        raise InputInvalid(errors=(CLOSED_SITE,))


def check_prices(lines: Sequence[NewLine]) -> None:
    """Raises `PriceChanged` for the first line that is not what was shown."""
    for line in lines:
        now_fen = line.box.member_price_fen
        if line.price_fen not in {None, now_fen}:
            raise PriceChanged(box_id=str(line.box.id), name=line.box.name, price_fen=now_fen)


async def insert_order(
    session: AsyncSession,
    sealer: Sealer,
    lines: Sequence[NewLine],
    delivery: Delivery,
    *,
    member: Member,
    actor: Actor,
    act: str,
    now: datetime,
) -> tuple[UUID, list[UUID]]:
    """Its rows, its deadline and its first move, at the boxes' prices. Units are taken after it,
    in the same transaction. Answers the order's id and those of its lines."""
    order_id, line_ids = new_id(), [new_id() for _ in lines]
    sale = await SALE.read(session, lines[0].box.campaign_id)
    pay_before = sale.pay_before(now)
    await session.execute(
        insert(GiftBoxesOrder).values(
            id=order_id,
            campaign_id=lines[0].box.campaign_id,
            member_id=member.id,
            kind=OrderKind.SOLD,
            state=OrderState.PLACED,
            amount_fen=sum(line.box.member_price_fen * line.quantity for line in lines),
            placed_at=now,
            pay_before=pay_before,
            moved_at=now,
            **delivery_columns(delivery, sealer),
        )
    )
    await session.execute(
        insert(GiftBoxesLine),
        [
            {
                "id": line_id,
                "order_id": order_id,
                "number": number,
                "box_id": line.box.id,
                "quantity": line.quantity,
                "price_fen": line.box.member_price_fen,
            }
            for number, (line_id, line) in enumerate(zip(line_ids, lines, strict=True), start=1)
        ],
    )
    states = (None, OrderState.PLACED)
    await write_history(session, Move(order_id, act, states, now, actor))
    await write(session, [order_act(actor, act, order_id, states, now)])
    await put(session, NewJob(LAPSE, {"order_id": order_id}, due_at=pay_before))
    return order_id, line_ids


def delivery_columns(
    delivery: Delivery, sealer: Sealer, fields: Sequence[SealedField] = OF_ORDER
) -> dict[str, Any]:
    """Where it goes, as an order's row has it, or another's whose `fields` these are. The same
    columns whichever way, so that many rows can be one statement."""
    columns: dict[str, Any] = {"mode": delivery.mode, "site_id": delivery.site_id}
    said = (delivery.name, delivery.phone, delivery.address)
    is_sent = delivery.mode is DeliveryMode.DELIVERY
    for field, text in zip(fields, said, strict=True):
        columns[field.column.key] = field.seal(sealer, text or "") if is_sent else None
    return columns


async def leave_lists(
    session: AsyncSession, boxes: Sequence[BoxFacts], *, person_id: UUID, now: datetime
) -> None:
    """Who has a box now waits for it no more. The pools are locked."""
    for box in boxes:
        await end_places(
            session,
            group_id=box.sold.group_id,
            person_ids=[person_id],
            state=WaitingState.LEFT,
            now=now,
        )


NOT_DELIVERED = FieldError(
    "#/delivery/mode",
    Words("所选礼盒不支持配送", "not every box of it is sent to an address"),
    "not_delivered",
)
UNKNOWN_SITE = FieldError(
    "#/delivery/site_id",
    Words("该自提点不提供全部所选礼盒", "not every box of it is had at this site"),
    "site_unknown",
)
CLOSED_SITE = FieldError(
    "#/delivery/site_id",
    Words("该自提点已停止领取，请换一个", "nothing is handed out at this site any more"),
    "site_closed",
)
