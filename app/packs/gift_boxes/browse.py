"""What members see of boxes: what is sold, what is left, and what is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox
from app.models.states import OfferState, WaitingState
from app.models.waiting import WaitingEntry, WaitingOffer
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.fair import Asked, asks_of
from app.packs.gift_boxes.queries import BY_OPENING, BoxFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import shown, shown_campaign
from app.shared.identity.callers import Member
from app.shared.stock import uses
from app.shared.waiting import Place, live_place, places_ahead


@dataclass(frozen=True, slots=True)
class Mine:
    """What a member has of a box. `place`: how many come first, and the member after them;
    `asked`: for a free one, in a fair opening."""

    count: int = 0
    entry_id: UUID | None = None
    place: int | None = None
    offer_id: UUID | None = None
    offer_expires_at: datetime | None = None
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class SeenBox:
    box: BoxFacts
    mine: Mine


async def list_boxes(
    sessions: Sessions,
    clock: Clock,
    *,
    member: Member,
    page: PageRequest,
    campaign_id: UUID | None = None,
) -> Page[SeenBox]:
    """Boxes by the opening of their sale, past ones too; of one edition, or of all that run.
    Raises `NotFound`."""
    async with sessions() as session:
        await shown_campaign(session, campaign_id)
        statement = queries.select_boxes().where(shown(GiftBoxesBox.campaign_id, campaign_id))
        rows = await BY_OPENING.page(session, statement, page)
        boxes = {each.id: each for each in await queries.with_parts(session, rows.items)}
        mine = await _mine(session, list(boxes.values()), member, clock)
    return rows.map(lambda row: SeenBox(boxes[row[0]], mine[row[0]]))


async def _mine(
    session: AsyncSession, boxes: Sequence[BoxFacts], member: Member, clock: Clock
) -> dict[UUID, Mine]:
    used = await uses(
        session,
        person_id=member.person_id,
        group_ids={box.sold.group_id for box in boxes},
        day=clock.today(),
    )
    offers = await _offers(session, boxes, member.id, clock.now())
    places = await _places(session, boxes, member.person_id)
    asked = await asks_of(session, boxes, member_id=member.id)
    found: dict[UUID, Mine] = {}
    for box in boxes:
        place, offer = places.get(box.sold.id), offers.get(box.sold.id)
        found[box.id] = Mine(
            count=used.get(box.sold.group_id, (0, 0))[1],
            entry_id=place.id if place else None,
            place=await places_ahead(session, place) + 1 if place else None,
            offer_id=offer[0] if offer else None,
            offer_expires_at=offer[1] if offer else None,
            asked=asked.get(box.id),
        )
    return found


async def _places(
    session: AsyncSession, boxes: Sequence[BoxFacts], person_id: UUID
) -> dict[UUID, Place]:
    """Where this person waits, by pool."""
    waits = await session.scalars(
        select(WaitingEntry.group_id).where(
            WaitingEntry.group_id.in_([box.sold.group_id for box in boxes]),
            WaitingEntry.person_id == person_id,
            WaitingEntry.state == WaitingState.WAITING,
        )
    )
    places = [
        await live_place(session, group_id=group_id, person_id=person_id)
        for group_id in waits.all()
    ]
    return {
        place.pool_id: place
        for place in places
        if place is not None and place.state is WaitingState.WAITING
    }


async def _offers(
    session: AsyncSession, boxes: Sequence[BoxFacts], member_id: UUID, now: datetime
) -> dict[UUID, tuple[UUID, datetime]]:
    rows = await session.execute(
        select(WaitingOffer.pool_id, WaitingOffer.id, WaitingOffer.expires_at).where(
            WaitingOffer.pool_id.in_([box.sold.id for box in boxes]),
            WaitingOffer.member_id == member_id,
            WaitingOffer.state == OfferState.OPEN,
            WaitingOffer.expires_at > now,
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}
