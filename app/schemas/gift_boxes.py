"""Gift boxes in JSON, as members see them, and their waiting lists."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.models.states import Opening, WaitingState
from app.models.states_gift_boxes import DeliveryMode
from app.packs.gift_boxes.browse import SeenBox
from app.packs.gift_boxes.fair import Asked
from app.packs.gift_boxes.queries import BoxFacts, ContentFacts, PictureFacts, SiteFacts
from app.packs.gift_boxes.waitlist import Waiting
from app.schemas.base import Day, Instant, Output, PageOut
from app.schemas.fair import FairOut, TicketPart, ticket_of
from app.schemas.files import ShownPictureOut
from app.shared.files import Links
from app.shared.waiting import Place

ServerTime = Annotated[
    Instant, Field(description="服务器时间，校准倒计时 · sets a countdown right")
]


OpensFree = Annotated[
    Opening,
    Field(
        description="免费礼盒的开放方式：first_come 先到先得；fair_draw 时段内申请、抽签排序，之后"
        "先到先得 · of free ones; fair_draw: whoever asks within the window is put in a drawn "
        "order, then whoever comes first. What is sold is always first come first served"
    ),
]


class ContentOut(Output):
    name: str
    quantity: int

    @classmethod
    def of(cls, content: ContentFacts) -> Self:
        return cls.model_validate(content)


class BoxPictureOut(ShownPictureOut):
    """Read the box again for a fresh link. `alt`, `alt_en`: what it shows, in words."""

    alt: str
    alt_en: str

    @classmethod
    def of_box(cls, picture: PictureFacts, links: Links) -> Self:
        shown = ShownPictureOut.of(picture.file, links).model_dump()
        return cls(**shown, alt=picture.alt, alt_en=picture.alt_en)


class SiteOut(Output):
    id: UUID
    name: str
    address: str
    opens_at: Instant
    closes_at: Instant

    @classmethod
    def of(cls, site: SiteFacts) -> Self:
        return cls.model_validate(site)


class OfferOut(Output):
    """One that is kept for me."""

    id: UUID
    expires_at: Instant


class BoxTicketOut(TicketPart):
    box_id: UUID
    mode: DeliveryMode
    site_id: UUID | None
    order_id: UUID | None = Field(description="领到的订单 · the order of what I was given")

    @classmethod
    def of(cls, asked: Asked) -> Self:
        return cls(
            **ticket_of(asked),
            box_id=asked.box_id,
            mode=asked.mode,
            site_id=asked.site_id,
            order_id=asked.order_id,
            location=f"/v1/gift-boxes/{asked.box_id}/entry",
        )


class MineOut(Output):
    """What I have of this box."""

    count: int = Field(description="我已有的份数，含未付款的 · how many I have, unpaid ones too")
    entry_id: UUID | None
    place: int | None = Field(description="候补中的位次，1 为下一位 · on the list, 1 is next")
    offer: OfferOut | None
    ticket: BoxTicketOut | None = Field(
        description="我的免费礼盒抽签申请 · in a fair opening of free ones"
    )


class BoxOut(Output):
    """A box as a member sees it. `left` may be a second old."""

    id: UUID
    campaign_id: UUID
    name: str
    contents: list[ContentOut]
    list_price_fen: int = Field(description="市场价 · what it costs elsewhere")
    list_price_source: str | None = Field(description="市场价来源 · where it cost that")
    list_price_on: Day | None = Field(description="市场价采集日期 · and when")
    member_price_fen: int = Field(description="会员价 · what it costs here")
    left: int
    free_left: int = Field(description="免费礼盒余量 · free ones, for whom they are meant")
    per_person: int
    opens_at: Instant
    closes_at: Instant
    opening: OpensFree
    fair: FairOut | None = Field(description="免费礼盒的抽签 · how free ones are put in order")
    is_delivered: bool = Field(description="可配送到家 · may be sent to an address")
    sites: list[SiteOut] = Field(description="自提点 · where it can be picked up")
    pictures: list[BoxPictureOut] = Field(description="图片，按展示次序 · in the order of showing")
    mine: MineOut

    @classmethod
    def of(cls, seen: SeenBox, links: Links) -> Self:
        box, mine = seen.box, seen.mine
        offer = None
        if mine.offer_id is not None and mine.offer_expires_at is not None:
            offer = OfferOut(id=mine.offer_id, expires_at=mine.offer_expires_at)
        return cls(
            **plain(box),
            left=box.sold.free,
            free_left=box.free.free,
            contents=[ContentOut.of(each) for each in box.contents],
            sites=[SiteOut.of(each) for each in box.sites],
            pictures=[BoxPictureOut.of_box(each, links) for each in box.pictures],
            mine=MineOut(
                count=mine.count,
                entry_id=mine.entry_id,
                place=mine.place,
                offer=offer,
                ticket=BoxTicketOut.of(mine.asked) if mine.asked else None,
            ),
        )


def plain(box: BoxFacts) -> dict[str, object]:
    """What members and staff see alike."""
    return {
        "id": box.id,
        "campaign_id": box.campaign_id,
        "name": box.name,
        "list_price_fen": box.list_price_fen,
        "list_price_source": box.list_price_source,
        "list_price_on": box.list_price_on,
        "member_price_fen": box.member_price_fen,
        "per_person": box.per_person,
        "opens_at": box.opens_at,
        "closes_at": box.closes_at,
        "opening": box.opening,
        "fair": FairOut.of(box.fair),
        "is_delivered": box.is_delivered,
    }


class BoxList(PageOut[BoxOut]):
    server_time: ServerTime


class WaitingOut(Output):
    """A place on the list. `place` 1 is the next to be offered one."""

    id: UUID
    box_id: UUID
    place: int
    joined_at: Instant

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        return cls(
            id=waiting.place.id,
            box_id=waiting.box_id,
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
