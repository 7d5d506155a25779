"""What next year's edition takes of gift boxes: the boxes with their suppliers, and the rules."""

# ruff: noqa: S608 - what is put together is all of this module.

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox
from app.models.gift_boxes_fulfilment import (
    GiftBoxesBoxSupplier,
    GiftBoxesFreeWindow,
)
from app.models.states import PackKind
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.boxes import insert_box, note_boxes
from app.packs.gift_boxes.new_boxes import NewBox, NewSite
from app.packs.gift_boxes.pictures import NewPicture
from app.packs.gift_boxes.queries import BoxFacts, SiteFacts
from app.packs.gift_boxes.terms import FULFILMENT, SALE
from app.shared.campaigns import Copying, EditionPart
from app.shared.draws import OPENING_WINDOW_MIN


async def _copy(session: AsyncSession, copying: Copying) -> None:
    rows = await session.execute(
        queries.select_boxes()
        .where(GiftBoxesBox.campaign_id == copying.source_id)
        .order_by(GiftBoxesBox.opens_at, GiftBoxesBox.id)
    )
    copies = {
        box.id: await insert_box(
            session,
            copying.target,
            _planned(box, copying),
            actor=copying.actor,
            now=copying.now,
        )
        for box in await queries.with_parts(session, rows)
    }
    if copies:
        await note_boxes(session, list(copies.values()), actor=copying.actor, at=copying.now)
        await _copy_suppliers(session, copies)
        await _copy_windows(session, copying, copies)
    await SALE.copy(session, copying)
    await FULFILMENT.copy(session, copying)


def _planned(box: BoxFacts, copying: Copying) -> NewBox:
    """As many as there were to be had in the end. A list price is of its day: it does not move. A
    fair opening gets a draw of its own."""
    return NewBox(
        name=box.name,
        contents=box.contents,
        list_price_fen=box.list_price_fen,
        member_price_fen=box.member_price_fen,
        quantity=box.sold.total,
        per_person=box.per_person,
        opens_at=copying.moved(box.opens_at),
        closes_at=copying.moved(box.closes_at),
        sites=_sites(box.sites, copying),
        free_quantity=box.free.total,
        is_delivered=box.is_delivered,
        list_price_source=box.list_price_source,
        list_price_on=box.list_price_on,
        opening=box.opening,
        opening_window_min=box.opening_window_min or OPENING_WINDOW_MIN,
        pictures=[NewPicture(each.file.id, each.alt, each.alt_en) for each in box.pictures],
    )


def _sites(sites: Sequence[SiteFacts], copying: Copying) -> list[NewSite]:
    return [
        NewSite(
            each.name, each.address, copying.moved(each.opens_at), copying.moved(each.closes_at)
        )
        for each in sites
    ]


async def _copy_suppliers(session: AsyncSession, copies: Mapping[UUID, UUID]) -> None:
    rows = await session.execute(
        select(GiftBoxesBoxSupplier.box_id, GiftBoxesBoxSupplier.merchant_id).where(
            GiftBoxesBoxSupplier.box_id.in_(copies)
        )
    )
    session.add_all(
        GiftBoxesBoxSupplier(box_id=copies[row.box_id], merchant_id=row.merchant_id) for row in rows
    )


async def _copy_windows(
    session: AsyncSession, copying: Copying, copies: Mapping[UUID, UUID]
) -> None:
    """From when each category may have a free one."""
    rows = await session.scalars(
        select(GiftBoxesFreeWindow).where(GiftBoxesFreeWindow.box_id.in_(copies))
    )
    session.add_all(
        GiftBoxesFreeWindow(
            box_id=copies[row.box_id], category=row.category, opens_at=copying.moved(row.opens_at)
        )
        for row in rows
    )


_BOXES = "gift_boxes_box box WHERE box.campaign_id = :campaign"

EDITION = EditionPart(
    PackKind.GIFT_BOXES,
    counts={
        "boxes": f"SELECT count(*) FROM {_BOXES}",
        "units": f"""
            SELECT sum(pool.total) FROM stock_pool pool
             WHERE pool.id IN (SELECT box.sold_pool_id FROM {_BOXES})""",
        "free_units": f"""
            SELECT sum(pool.total) FROM stock_pool pool
             WHERE pool.id IN (SELECT box.free_pool_id FROM {_BOXES})""",
    },
    copy=_copy,
)
