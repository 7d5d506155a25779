"""The edition's five gift boxes, so that a newcomer can order one."""

from datetime import date, timedelta

from sqlalchemy import select

from app.embedded.edition import (
    GIFT_BOX_LIST_PRICES,
    GIFT_BOX_SITES,
    GIFT_BOXES,
    GIFT_BOXES_PER_PERSON,
    GIFT_BOXES_SALE_DAYS,
)
from app.models.gift_boxes import GiftBoxesBox
from app.packs.gift_boxes.boxes import create_box
from app.packs.gift_boxes.new_boxes import NewSite
from app.packs.gift_boxes.queries import ContentFacts
from app.platform.clock import Clock, day_start
from app.platform.db import Sessions
from app.schemas.seed_ids import FIRST_GIFT_BOX_ID, FIRST_GIFT_BOX_SITE_ID
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor

PICKED_UP_FOR = timedelta(days=14)


async def seed_gift_boxes(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, first_day: date
) -> None:
    """On sale from the first day, picked up in the two weeks after. Each once, however often."""
    async with sessions() as session:
        known = set(await session.scalars(select(GiftBoxesBox.name)))
    opens_at = day_start(first_day)
    closes_at = opens_at + timedelta(days=GIFT_BOXES_SALE_DAYS)
    site_ids = (FIRST_GIFT_BOX_SITE_ID, *[None] * len(GIFT_BOX_SITES))
    sites = [
        NewSite(name, address, closes_at, closes_at + PICKED_UP_FOR, site_id)
        for (name, address), site_id in zip(GIFT_BOX_SITES, site_ids, strict=False)
    ]
    source, on = GIFT_BOX_LIST_PRICES
    for number, box in enumerate(GIFT_BOXES):
        if box.name in known:
            continue
        await create_box(
            sessions,
            clock,
            once,
            actor=actor,
            name=box.name,
            contents=[ContentFacts(name, count) for name, count in box.contents],
            list_price_fen=box.list_price_fen,
            list_price_source=source,
            list_price_on=on,
            member_price_fen=box.member_price_fen,
            quantity=box.quantity,
            free_quantity=box.free_quantity,
            per_person=GIFT_BOXES_PER_PERSON,
            opens_at=opens_at,
            closes_at=closes_at,
            sites=sites,
            box_id=FIRST_GIFT_BOX_ID if number == 0 else None,
        )
