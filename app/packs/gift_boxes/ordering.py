"""Order boxes: the one road of the opening rush.

The turnstile says no to the crowd when nothing is left; the books say yes. All boxes of an order
are granted in one transaction, under locks in one order, or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import PackKind
from app.packs.gift_boxes import order_queries, queries
from app.packs.gift_boxes.catalogue import Catalogue
from app.packs.gift_boxes.order_queries import OrderFacts
from app.packs.gift_boxes.orders import (
    Delivery,
    NewLine,
    check_delivery,
    check_prices,
    insert_order,
    leave_lists,
)
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.refusals import BoxLimitReached
from app.packs.gift_boxes.settling import settle_person
from app.packs.gift_boxes.units import WantedUnits, refusal_of, take_units
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, Words
from app.shared.campaigns import hold_open
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.stock import Stock, lock_pools


@dataclass(frozen=True, slots=True)
class WantedLine:
    """As it was sent: two of one order may name the same box."""

    box_id: UUID
    quantity: int
    price_fen: int | None = None


async def place_order(
    stock: Stock,
    catalogue: Catalogue,
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    lines: Sequence[WantedLine],
    delivery: Delivery,
) -> OrderFacts:
    """One or several boxes, all or nothing, held until `pay_before`, at the prices of now.

    Raises `InputInvalid` (a box, a site or a way that is not had), `NotOpen` (`PackClosed`,
    `SaleOver`), `BoxSoldOut`, `BoxLimitReached`, `PriceChanged`, `TemporarilyUnavailable`.
    """
    seen = {line.box_id: await catalogue.find(line.box_id) for line in lines}
    boxes = {box_id: box for box_id, box in seen.items() if box is not None}
    _check_known(lines, boxes)
    for box in boxes.values():
        verdict = await stock.ask_turnstile(box.sold, member.id)
        if verdict is not None:
            raise refusal_of(verdict, box)
    arguments = (sessions, clock, sealer, once, member, actor, lines, delivery)
    try:
        order = await _place(*arguments)
    except BoxLimitReached:
        # What I hold by the books alone, its time being over, is not in my way.
        if not await settle_person(sessions, clock, member=member, actor=actor):
            raise
        order = await _place(*arguments)
    for box in boxes.values():
        await stock.announce(box.sold)
    return order


async def _place(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    member: Member,
    actor: Actor,
    lines: Sequence[WantedLine],
    delivery: Delivery,
) -> OrderFacts:
    async with sessions.begin() as session:
        await once.first(session)
        boxes = await _lock_boxes(session, lines)
        wanted = _together(lines, boxes)
        now = clock.now()
        check_delivery(list(boxes.values()), delivery, now=now)
        order_id, line_ids = await insert_order(
            session, sealer, wanted, delivery, member=member, actor=actor, act="place", now=now
        )
        units = [
            WantedUnits(line.box, line.box.sold, line_id, line.quantity)
            for line_id, line in zip(line_ids, wanted, strict=True)
        ]
        await take_units(session, units, member_id=member.id, person_id=member.person_id)
        check_prices([NewLine(boxes[line.box_id], line.quantity, line.price_fen) for line in lines])
        await leave_lists(session, list(boxes.values()), person_id=member.person_id, now=now)
        order = await order_queries.require_order(session, order_id)
        await once.keep(session, order)
    return order


async def _lock_boxes(
    session: AsyncSession, lines: Sequence[WantedLine]
) -> Mapping[UUID, BoxFacts]:
    """The boxes with their pools locked, read after that: no price changes under the order.

    Raises `InputInvalid` (a box that is not there, or another campaign's), `PackClosed`.
    """
    found = await queries.find_boxes(session, {line.box_id for line in lines})
    _check_known(lines, found)
    campaign_id = found[lines[0].box_id].campaign_id
    await hold_open(session, campaign_id, PackKind.GIFT_BOXES)
    await lock_pools(session, [box.sold.id for box in found.values()])
    return await queries.find_boxes(session, found)


def _check_known(lines: Sequence[WantedLine], boxes: Mapping[UUID, BoxFacts]) -> None:
    """All of them are there, and of one campaign. Raises `InputInvalid`."""
    is_one_campaign = len({box.campaign_id for box in boxes.values()}) == 1
    unknown = [
        FieldError(f"#/lines/{place}/box_id", _UNKNOWN_BOX, "box_unknown")
        for place, line in enumerate(lines)
        if line.box_id not in boxes or not is_one_campaign
    ]
    if unknown:
        raise InputInvalid(errors=tuple(unknown))


def _together(lines: Sequence[WantedLine], boxes: Mapping[UUID, BoxFacts]) -> list[NewLine]:
    """One line a box, in the order of first naming: what is wanted of a box is wanted as a sum."""
    counts: dict[UUID, int] = {}
    for line in lines:
        counts[line.box_id] = counts.get(line.box_id, 0) + line.quantity
    return [NewLine(boxes[box_id], count) for box_id, count in counts.items()]


_UNKNOWN_BOX = Words("没有这款礼盒", "there is no such box")
