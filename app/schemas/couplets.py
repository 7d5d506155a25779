"""Couplets in JSON, as members send and see them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.models.states import Opening, ReservationState, WaitingState
from app.packs.couplets.browse import Mine, SeenEvent
from app.packs.couplets.fair import Asked
from app.packs.couplets.queries import SiteFacts, VariantFacts
from app.packs.couplets.reservation_records import ReservationRow
from app.packs.couplets.waitlist import Waiting
from app.platform.clock import Clock
from app.schemas.base import Input, Instant, Output, PageOut
from app.schemas.fair import FairOut, TicketPart, ticket_of
from app.schemas.seed_ids import FIRST_COUPLETS_SITE_ID, FIRST_COUPLETS_VARIANT_ID
from app.shared.waiting import Place

CHOICE_EXAMPLE: JsonDict = {
    "variant_id": str(FIRST_COUPLETS_VARIANT_ID),
    "site_id": str(FIRST_COUPLETS_SITE_ID),
}
ServerTime = Annotated[
    Instant, Field(description="服务器时间，校准倒计时 · sets a countdown right")
]


class ReserveIn(Input):
    """A variant and a site of the event."""

    model_config = ConfigDict(json_schema_extra={"example": CHOICE_EXAMPLE})

    variant_id: UUID
    site_id: UUID


class VariantOut(Output):
    """`left` of the reserved pool; it may be a second old."""

    id: UUID
    title: str
    text: str | None = Field(description="春联内容 · what is written")
    size: str | None
    left: int = Field(description="可预约的余量 · pairs that can be reserved")

    @classmethod
    def of(cls, variant: VariantFacts) -> Self:
        return cls(
            id=variant.id,
            title=variant.title,
            text=variant.wording,
            size=variant.size,
            left=variant.reserved.free,
        )


class SiteOut(Output):
    id: UUID
    name: str
    address: str
    opens_at: Instant
    closes_at: Instant

    @classmethod
    def of(cls, site: SiteFacts) -> Self:
        return cls.model_validate(site)


class StreamOut(Output):
    """The live session. `url` and `replay_url` are null until they are known."""

    url: str | None
    replay_url: str | None
    live_from: Instant
    live_to: Instant


class OfferOut(Output):
    """A pair that is kept for me."""

    id: UUID
    expires_at: Instant


class TicketOut(TicketPart):
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    reservation_id: UUID | None

    @classmethod
    def of(cls, asked: Asked) -> Self:
        return cls(
            **ticket_of(asked),
            event_id=asked.event.id,
            variant_id=asked.variant_id,
            site_id=asked.site_id,
            reservation_id=asked.reservation_id,
            location=f"/v1/couplets/events/{asked.event.id}/entry",
        )


class MineOut(Output):
    """What I have of this event; all null: nothing."""

    reservation_id: UUID | None
    state: ReservationState | None = Field(description="我的预约的状态 · of my reservation")
    entry_id: UUID | None
    place: int | None = Field(description="候补中的位次，1 为下一位 · on the list, 1 is next")
    offer: OfferOut | None
    ticket: TicketOut | None = Field(description="我的抽签申请 · in a fair opening")

    @classmethod
    def of(cls, mine: Mine, now: datetime) -> Self:
        reservation, offer = mine.reservation, None
        if mine.offer_id is not None and mine.offer_expires_at is not None:
            offer = OfferOut(id=mine.offer_id, expires_at=mine.offer_expires_at)
        return cls(
            reservation_id=reservation.id if reservation else None,
            state=reservation.state_at(now) if reservation else None,
            entry_id=mine.entry_id,
            place=mine.place,
            offer=offer,
            ticket=TicketOut.of(mine.asked) if mine.asked else None,
        )


class EventOut(Output):
    """An event as a member sees it."""

    id: UUID
    campaign_id: UUID
    title: str
    stream: StreamOut
    reserve_opens_at: Instant
    reserve_closes_at: Instant
    opening: Opening
    fair: FairOut | None
    variants: list[VariantOut]
    sites: list[SiteOut]
    mine: MineOut
    server_time: ServerTime

    @classmethod
    def of(cls, seen: SeenEvent, clock: Clock) -> Self:
        event, now = seen.event, clock.now()
        return cls(
            id=event.id,
            campaign_id=event.campaign_id,
            title=event.title,
            stream=StreamOut(
                url=event.stream_url,
                replay_url=event.replay_url,
                live_from=event.live_from,
                live_to=event.live_to,
            ),
            reserve_opens_at=event.reserve_opens_at,
            reserve_closes_at=event.reserve_closes_at,
            opening=event.opening,
            fair=FairOut.of(event.fair),
            variants=[VariantOut.of(each) for each in event.variants],
            sites=[SiteOut.of(each) for each in event.sites],
            mine=MineOut.of(seen.mine, now),
            server_time=now,
        )


class EventList(PageOut[EventOut]):
    server_time: ServerTime


class ReservedOut(Output):
    """The first answer, which never changes."""

    id: UUID
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    state: ReservationState = ReservationState.RESERVED
    reserved_at: Instant
    server_time: ServerTime

    @classmethod
    def of(cls, row: ReservationRow) -> Self:
        return cls(
            id=row.id,
            event_id=row.event_id,
            variant_id=row.variant_id,
            site_id=row.site_id,
            reserved_at=row.reserved_at,
            server_time=row.reserved_at,
        )


class WaitingOut(Output):
    """A place on the list. `place` 1 is the next to be offered a pair."""

    id: UUID
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    place: int
    joined_at: Instant

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        return cls(
            id=waiting.place.id,
            event_id=waiting.event_id,
            variant_id=waiting.variant_id,
            site_id=waiting.site_id,
            place=waiting.ahead + 1,
            joined_at=waiting.place.joined_at,
        )


class LeftOut(Output):
    """A place that I gave up."""

    id: UUID
    state: WaitingState = WaitingState.LEFT

    @classmethod
    def of(cls, place: Place) -> Self:
        return cls(id=place.id)
