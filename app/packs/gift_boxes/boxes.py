"""Staff's side of boxes: put one up for sale, look at them. What changes: `box_changes.py`."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import (
    GiftBoxesBox,
    GiftBoxesBoxSite,
    GiftBoxesContent,
    GiftBoxesSite,
)
from app.models.states import Opening, PackKind, PoolState
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.acts import box_act
from app.packs.gift_boxes.draws import FREE_BOX_CROWD
from app.packs.gift_boxes.new_boxes import NewBox, NewSite
from app.packs.gift_boxes.pictures import NewPicture, set_pictures
from app.packs.gift_boxes.queries import BY_OPENING, BoxFacts, ContentFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import CampaignFacts, find_campaign
from app.shared.draws import OPENING_WINDOW_MIN, Doer, NewOpening, open_by_order
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import create_pool

SOLD_KIND, FREE_KIND = "gift_boxes_sold", "gift_boxes_free"
ORDER_CONDITIONS = Words(
    "开放时段内提出申请、且届时所属类别可以领取的会员每人一张号签；抽签排定次序后依次得到一份免费礼盒，"
    "领完为止；其后按次序递补。",
    "Every member who may have a free box by then and asks within the window has one ticket. In "
    "the order that is drawn each has a free box, as long as there are any; whoever comes "
    "afterwards has what comes free, in the same order.",
)


async def create_box(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    name: str,
    contents: Sequence[ContentFacts],
    list_price_fen: int,
    member_price_fen: int,
    quantity: int,
    per_person: int,
    opens_at: datetime,
    closes_at: datetime,
    sites: Sequence[NewSite],
    pictures: Sequence[NewPicture] = (),
    free_quantity: int = 0,
    is_delivered: bool = True,
    list_price_source: str | None = None,
    list_price_on: date | None = None,
    opening: Opening = Opening.FIRST_COME,
    opening_window_min: int = OPENING_WINDOW_MIN,
    box_id: UUID | None = None,
    campaign_id: UUID | None = None,
) -> BoxFacts:
    """Seen by members as soon as it is there, unless its campaign is a draft. `opening` is the
    free ones', and `opening_window_min` a fair draw's; `box_id` where it is fixed (the seed).

    Raises `NotFound` (no such campaign; none is current), `InputInvalid` (a fair draw whose
    result comes after the end of the sale; a picture that is not there).
    """
    new = NewBox(
        name=name,
        contents=contents,
        list_price_fen=list_price_fen,
        member_price_fen=member_price_fen,
        quantity=quantity,
        per_person=per_person,
        opens_at=opens_at,
        closes_at=closes_at,
        sites=sites,
        pictures=pictures,
        free_quantity=free_quantity,
        is_delivered=is_delivered,
        list_price_source=list_price_source,
        list_price_on=list_price_on,
        opening=opening,
        opening_window_min=opening_window_min,
        id=box_id,
    )
    async with sessions.begin() as session:
        await once.first(session)
        campaign = await find_campaign(session, campaign_id)
        box = await add_box(session, campaign, new, actor=actor, now=clock.now())
        await once.keep(session, box)
    return box


async def add_box(
    session: AsyncSession, campaign: CampaignFacts, new: NewBox, *, actor: Actor, now: datetime
) -> BoxFacts:
    """In the caller's transaction. Raises `InputInvalid`."""
    box_id = await insert_box(session, campaign, new, actor=actor, now=now)
    return (await note_boxes(session, [box_id], actor=actor, at=now))[box_id]


async def insert_box(
    session: AsyncSession, campaign: CampaignFacts, new: NewBox, *, actor: Actor, now: datetime
) -> UUID:
    """Its rows alone; whoever adds many notes them together. Raises `InputInvalid`."""
    box_id, window = new.id or new_id(), (new.opens_at, new.closes_at)
    sold = await _add_pool(
        session, SOLD_KIND, box_id, box_id, new.quantity, window=window, per_person=new.per_person
    )
    free = await _add_free_pool(session, campaign.id, box_id, new.free_quantity, window)
    window_min = new.opening_window_min if new.opening is Opening.FAIR_DRAW else None
    opened = _opening(box_id, new.name, campaign.name.zh, window)
    await session.execute(
        insert(GiftBoxesBox).values(
            id=box_id,
            campaign_id=campaign.id,
            name=new.name,
            list_price_fen=new.list_price_fen,
            list_price_source=new.list_price_source,
            list_price_on=new.list_price_on,
            member_price_fen=new.member_price_fen,
            per_person=new.per_person,
            opens_at=new.opens_at,
            closes_at=new.closes_at,
            is_delivered=new.is_delivered,
            sold_pool_id=sold,
            free_pool_id=free,
            opening=new.opening,
            opening_window_min=window_min,
            draw_id=await open_by_order(session, opened, window_min, doer=Doer(actor), now=now),
            created_at=now,
        )
    )
    await _insert_contents(session, box_id, new.contents)
    await _insert_sites(session, campaign.id, box_id, new.sites)
    if new.pictures:
        await set_pictures(session, box_id, new.pictures)
    return box_id


async def note_boxes(
    session: AsyncSession, ids: Sequence[UUID], *, actor: Actor, at: datetime
) -> dict[UUID, BoxFacts]:
    """Keep that they were made. Answers them."""
    found = await queries.find_boxes(session, ids)
    await write(session, [box_act(actor, "create", None, found[each], at=at) for each in ids])
    return found


async def list_boxes(sessions: Sessions, *, page: PageRequest) -> Page[BoxFacts]:
    """All boxes by the opening of their sale."""
    async with sessions() as session:
        rows = await BY_OPENING.page(session, queries.select_boxes(), page)
        found = {each.id: each for each in await queries.with_parts(session, rows.items)}
    return rows.map(lambda row: found[row[0]])


async def find_box(sessions: Sessions, *, box_id: UUID) -> BoxFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await queries.require_box(session, box_id)


async def set_contents(
    session: AsyncSession, box_id: UUID, contents: Sequence[ContentFacts]
) -> None:
    """What is in it, instead of what was said before."""
    await session.execute(delete(GiftBoxesContent).where(GiftBoxesContent.box_id == box_id))
    await _insert_contents(session, box_id, contents)


async def _insert_contents(
    session: AsyncSession, box_id: UUID, contents: Sequence[ContentFacts]
) -> None:
    await session.execute(
        insert(GiftBoxesContent),
        [
            {"box_id": box_id, "number": number, "name": each.name, "quantity": each.quantity}
            for number, each in enumerate(contents, start=1)
        ],
    )


async def set_sites(
    session: AsyncSession, campaign_id: UUID, box_id: UUID, sites: Sequence[NewSite]
) -> None:
    """Where it is had, instead of what was said before. One that is called, placed and open
    alike is the same site for all boxes, so that they can be ordered together."""
    await session.execute(delete(GiftBoxesBoxSite).where(GiftBoxesBoxSite.box_id == box_id))
    await _insert_sites(session, campaign_id, box_id, sites)


async def _insert_sites(
    session: AsyncSession, campaign_id: UUID, box_id: UUID, sites: Sequence[NewSite]
) -> None:
    site_ids = dict.fromkeys([await _site_id(session, campaign_id, site) for site in sites])
    if site_ids:
        await session.execute(
            insert(GiftBoxesBoxSite),
            [
                {"box_id": box_id, "site_id": site_id, "number": number}
                for number, site_id in enumerate(site_ids, start=1)
            ],
        )


async def _site_id(session: AsyncSession, campaign_id: UUID, site: NewSite) -> UUID:
    statement = upsert(GiftBoxesSite).values(
        id=site.id or new_id(),
        campaign_id=campaign_id,
        name=site.name,
        address=site.address,
        opens_at=site.opens_at,
        closes_at=site.closes_at,
    )
    # DO UPDATE, not DO NOTHING: it returns the row that is there.
    statement = statement.on_conflict_do_update(
        index_elements=[
            GiftBoxesSite.campaign_id,
            GiftBoxesSite.name,
            GiftBoxesSite.address,
            GiftBoxesSite.opens_at,
            GiftBoxesSite.closes_at,
        ],
        set_={"name": statement.excluded.name},
    )
    return (await session.scalars(statement.returning(GiftBoxesSite.id))).one()


def _opening(
    box_id: UUID, name: str, organiser: str, window: tuple[datetime, datetime]
) -> NewOpening:
    return NewOpening(
        PackKind.GIFT_BOXES,
        FREE_BOX_CROWD,
        box_id,
        name,
        organiser,
        ORDER_CONDITIONS,
        *window,
        closes_field="closes_at",
    )


async def _add_free_pool(
    session: AsyncSession,
    campaign_id: UUID,
    box_id: UUID,
    total: int,
    window: tuple[datetime, datetime],
) -> UUID:
    """Free ones of all boxes are one group: a person has one of a campaign."""
    return await _add_pool(
        session, FREE_KIND, campaign_id, box_id, total, window=window, per_person=1
    )


async def _add_pool(
    session: AsyncSession,
    kind: str,
    of: UUID,
    box_id: UUID,
    total: int,
    *,
    window: tuple[datetime, datetime],
    per_person: int,
) -> UUID:
    """`of`: whose other pools share its limit per person."""
    return await create_pool(
        session,
        group=f"{kind}:{of}",
        kind=kind,
        owner_id=box_id,
        total=total,
        opens_at=window[0],
        closes_at=window[1],
        per_person_total=per_person,
        state=PoolState.RUNNING,
    )
