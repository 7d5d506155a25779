"""Boxes' SQL: with their pools as they stand, what is in them, and where they are had."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import (
    GiftBoxesBox,
    GiftBoxesBoxSite,
    GiftBoxesContent,
    GiftBoxesPicture,
    GiftBoxesSite,
)
from app.models.states import Opening, PackKind
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset
from app.shared.draws import FairOpening
from app.shared.files import FileFacts, campaign_pictures
from app.shared.stock import Pool, read_pools

BY_OPENING = Keyset(GiftBoxesBox.opens_at, GiftBoxesBox.id)


@dataclass(frozen=True, slots=True)
class ContentFacts:
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """One of a box's, and what it shows in words."""

    file: FileFacts
    alt: str
    alt_en: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    id: UUID
    name: str
    address: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class BoxFacts:
    """A box; `sold` and `free` are its two pools."""

    id: UUID
    campaign_id: UUID
    name: str
    list_price_fen: int
    list_price_source: str | None
    list_price_on: date | None
    member_price_fen: int
    per_person: int
    opens_at: datetime
    closes_at: datetime
    is_delivered: bool
    opening: Opening
    opening_window_min: int | None
    draw_id: UUID | None
    ordered_at: datetime | None
    version: int
    created_at: datetime
    sold: Pool
    free: Pool
    contents: tuple[ContentFacts, ...]
    sites: tuple[SiteFacts, ...]
    pictures: tuple[PictureFacts, ...]

    @property
    def fair(self) -> FairOpening | None:
        """How its free ones open, where that is by a fair draw."""
        if self.draw_id is None or self.opening_window_min is None:
            return None
        return FairOpening(
            PackKind.GIFT_BOXES,
            self.campaign_id,
            self.draw_id,
            self.opens_at,
            self.opening_window_min,
            self.ordered_at,
        )

    def site(self, site_id: UUID) -> SiteFacts | None:
        return next((each for each in self.sites if each.id == site_id), None)


_BOX = (
    GiftBoxesBox.id,
    GiftBoxesBox.campaign_id,
    GiftBoxesBox.name,
    GiftBoxesBox.list_price_fen,
    GiftBoxesBox.list_price_source,
    GiftBoxesBox.list_price_on,
    GiftBoxesBox.member_price_fen,
    GiftBoxesBox.per_person,
    GiftBoxesBox.opens_at,
    GiftBoxesBox.closes_at,
    GiftBoxesBox.is_delivered,
    GiftBoxesBox.opening,
    GiftBoxesBox.opening_window_min,
    GiftBoxesBox.draw_id,
    GiftBoxesBox.ordered_at,
    GiftBoxesBox.version,
    GiftBoxesBox.created_at,
    GiftBoxesBox.sold_pool_id,
    GiftBoxesBox.free_pool_id,
)
SITE = (
    GiftBoxesSite.id,
    GiftBoxesSite.name,
    GiftBoxesSite.address,
    GiftBoxesSite.opens_at,
    GiftBoxesSite.closes_at,
)


def select_boxes() -> AnySelect:
    return select(*_BOX)


async def with_parts(session: AsyncSession, rows: Iterable[Any]) -> list[BoxFacts]:
    """Rows of `select_boxes` with their pools, contents, sites and pictures."""
    boxes: list[Any] = [row[: len(_BOX)] for row in rows]
    ids = [box[0] for box in boxes]
    pools = await read_pools(session, [pool_id for box in boxes for pool_id in box[-2:]])
    contents = await _contents(session, ids)
    sites = await _sites(session, ids)
    pictures = await _pictures(session, ids)
    return [
        BoxFacts(
            *[
                *box[:-2],
                pools[box[-2]],
                pools[box[-1]],
                tuple(contents.get(box[0], ())),
                tuple(sites.get(box[0], ())),
                tuple(pictures.get(box[0], ())),
            ]
        )
        for box in boxes
    ]


async def find_boxes(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, BoxFacts]:
    """As committed, without locks."""
    rows = await session.execute(select_boxes().where(GiftBoxesBox.id.in_(ids)))
    return {box.id: box for box in await with_parts(session, rows)}


async def require_box(session: AsyncSession, box_id: UUID) -> BoxFacts:
    """Raises `NotFound`."""
    found = await find_boxes(session, [box_id])
    if box_id not in found:
        raise NotFound()
    return found[box_id]


async def look_again(session: AsyncSession, box: BoxFacts) -> BoxFacts:
    """As it is now, with the parts that were read before: they decide about nobody's unit."""
    row: Any = (await session.execute(select_boxes().where(GiftBoxesBox.id == box.id))).one()
    pools = await read_pools(session, row[-2:])
    parts = (box.contents, box.sites, box.pictures)
    return BoxFacts(*[*row[:-2], pools[row[-2]], pools[row[-1]], *parts])


async def lock_box(session: AsyncSession, box_id: UUID) -> None:
    """Against who changes it, before any lock of its pools; others refer to it meanwhile."""
    await session.execute(
        select(GiftBoxesBox.id).where(GiftBoxesBox.id == box_id).with_for_update(key_share=True)
    )


async def box_of_pool(session: AsyncSession, pool_id: UUID) -> BoxFacts:
    """The box whose sold units a pool counts."""
    rows = await session.execute(select_boxes().where(GiftBoxesBox.sold_pool_id == pool_id))
    [box] = await with_parts(session, rows)
    return box


async def box_of_draw(session: AsyncSession, draw_id: UUID) -> BoxFacts:
    """The box whose free ones this draw opens."""
    rows = await session.execute(select_boxes().where(GiftBoxesBox.draw_id == draw_id))
    [box] = await with_parts(session, rows)
    return box


async def _contents(
    session: AsyncSession, box_ids: Collection[UUID]
) -> dict[UUID, list[ContentFacts]]:
    rows = await session.execute(
        select(GiftBoxesContent.box_id, GiftBoxesContent.name, GiftBoxesContent.quantity)
        .where(GiftBoxesContent.box_id.in_(box_ids))
        .order_by(GiftBoxesContent.number)
    )
    found: dict[UUID, list[ContentFacts]] = {}
    for box_id, name, quantity in rows:
        found.setdefault(box_id, []).append(ContentFacts(name, quantity))
    return found


async def _pictures(
    session: AsyncSession, box_ids: Collection[UUID]
) -> dict[UUID, list[PictureFacts]]:
    """Those that can be shown."""
    picture = GiftBoxesPicture
    rows = (
        await session.execute(
            select(picture.box_id, picture.file_id, picture.alt, picture.alt_en)
            .where(picture.box_id.in_(box_ids))
            .order_by(picture.box_id, picture.number)
        )
    ).all()
    files = await campaign_pictures(session, {row.file_id for row in rows})
    found: dict[UUID, list[PictureFacts]] = {}
    for row in rows:
        if row.file_id in files:
            shown = PictureFacts(files[row.file_id], row.alt, row.alt_en)
            found.setdefault(row.box_id, []).append(shown)
    return found


async def _sites(session: AsyncSession, box_ids: Collection[UUID]) -> dict[UUID, list[SiteFacts]]:
    rows = await session.execute(
        select(GiftBoxesBoxSite.box_id, *SITE)
        .join(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesBoxSite.site_id)
        .where(GiftBoxesBoxSite.box_id.in_(box_ids))
        .order_by(GiftBoxesBoxSite.number)
    )
    found: dict[UUID, list[SiteFacts]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(SiteFacts(*row[1:]))
    return found
