"""Wishes in JSON, as members send and see them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints
from pydantic.config import JsonDict

from app.models.states import District, Urgency, WishState
from app.packs.wishes.browse import SeenWish, Showing
from app.packs.wishes.contact import Contact
from app.packs.wishes.figures import DEFINITIONS, PublicFigures
from app.packs.wishes.inside import Move
from app.packs.wishes.kinds import KindFacts
from app.packs.wishes.post import NewWish, Posted
from app.packs.wishes.queries import WishFacts
from app.packs.wishes.screening import Hidden
from app.platform.clock import Clock
from app.schemas.base import Input, Instant, OfEdition, Output, PageOut, ShortText, Text
from app.schemas.wish_claims import ClaimOut, HandedInOut
from app.shared.files import Links

MobilePhone = Annotated[
    str,
    StringConstraints(pattern=r"^\+?[0-9][0-9-]{5,19}$"),
    Field(description="联系电话 · how to reach the wisher"),
]
KindCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]
WISH_EXAMPLE: JsonDict = {
    "kind": "elderly_care",
    "title": "想要一副老花镜",
    "detail": "眼睛花了，看不清报纸，想要一副三百度的老花镜。",
    "district": "shinan",
    "urgency": "anytime",
    "needed_by": "2099-01-01T00:00:00+08:00",
    "contact_phone": "19900001234",
    "show_contact_to_helper": True,
}


class WishText(Input):
    """What a wisher says. There is no field for money, and no wish about it."""

    model_config = ConfigDict(json_schema_extra={"example": WISH_EXAMPLE})

    kind: KindCode
    title: ShortText
    detail: Text
    district: District
    urgency: Urgency
    needed_by: Instant
    contact_phone: MobilePhone
    show_contact_to_helper: StrictBool = Field(
        description=(
            "同意向认领人显示姓名和电话（单独同意，可随时撤回） · "
            "a consent of its own, which can be withdrawn at any time"
        ),
    )
    campaign_id: OfEdition = None

    def said(self) -> NewWish:
        return NewWish(
            kind=self.kind,
            title=self.title,
            detail=self.detail,
            district=self.district,
            urgency=self.urgency,
            needed_by=self.needed_by,
            contact_phone=self.contact_phone,
            show_contact=self.show_contact_to_helper,
            campaign_id=self.campaign_id,
        )


class ReasonIn(Input):
    """A member's own words; read by those concerned and by staff, never in the ledger."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "临时有事，来不及了"}})

    reason: Text


class ConfirmationIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"example": {"done": True, "comment": "谢谢你们！"}}
    )

    done: StrictBool
    comment: Text | None = None


class RatingIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"example": {"stars": 5, "comment": "很准时，很热心。"}}
    )

    stars: Annotated[int, Field(ge=1, le=5, strict=True)]
    comment: Text | None = None


class WishKindOut(Output):
    code: str
    title: str
    title_en: str
    start_within_h: int = Field(
        description="认领后须在多少小时内开始 · hours within which a claim is to be started"
    )

    @classmethod
    def of(cls, kind: KindFacts) -> Self:
        return cls.model_validate(kind)


class WishKindList(Output):
    items: list[WishKindOut]


class ContactOut(Output):
    """In clear: for the wisher, and for the volunteer as long as the claim is live."""

    name: str
    phone: str


class MoveOut(Output):
    """What happened, when, and why where somebody said so."""

    at: Instant
    act: str
    from_state: str | None
    to_state: str
    reason: str | None

    @classmethod
    def of(cls, move: Move) -> Self:
        return cls.model_validate(move)


class WishOut(Output):
    """The public face: what must not be public is hidden in its texts."""

    id: UUID
    campaign_id: UUID
    kind: str
    title: str
    detail: str
    district: District
    urgency: Urgency
    needed_by: Instant
    state: WishState
    posted_at: Instant
    closed_at: Instant | None
    is_mine: bool

    @classmethod
    def of(cls, seen: SeenWish) -> Self:
        return cls(**cls._face(seen.wish), state=seen.state, is_mine=seen.is_mine)

    @classmethod
    def of_own(cls, wish: WishFacts, clock: Clock) -> Self:
        return cls(**cls._face(wish), state=wish.state_at(clock.now()), is_mine=True)

    @staticmethod
    def _face(wish: WishFacts) -> dict[str, object]:
        names = ("id", "campaign_id", "kind", "title", "detail", "district", "urgency", "needed_by")
        return {name: getattr(wish, name) for name in (*names, "posted_at", "closed_at")}


class WishList(PageOut[WishOut]):
    server_time: Instant


class WishDetail(WishOut):
    """One wish. What is null is not for this caller, or there is none."""

    my_claim: ClaimOut | None = Field(description="本人有效的认领 · my own claim, if it is live")
    contact: ContactOut | None = Field(
        description=(
            "仅心愿人和当前认领人可见，每次显示均有记录 · "
            "for the wisher and the holder of a live claim; each showing is written down"
        )
    )
    moves: list[MoveOut] | None = Field(description="仅心愿人 · the wisher's alone")
    claims: list[HandedInOut] | None = Field(description="仅心愿人 · the wisher's alone")

    @classmethod
    def of_seen(cls, seen: SeenWish, clock: Clock, links: Links) -> Self:
        inside = seen.inside
        return cls(
            **WishOut.of(seen).model_dump(),
            my_claim=seen.my_claim and ClaimOut.of(seen.my_claim, clock),
            contact=_contact(seen.contact),
            moves=inside and [MoveOut.of(move) for move in inside.moves],
            claims=inside and [HandedInOut.of(each, clock, links) for each in inside.claims],
        )


class HiddenOut(Output):
    """A part of what was written that nobody sees: what it looked like, and where it stood."""

    field: str
    kind: str
    start: int
    end: int

    @classmethod
    def of(cls, field: str, hidden: Hidden) -> Self:
        return cls(field=field, kind=hidden.kind, start=hidden.start, end=hidden.end)


class PostedOut(WishOut):
    """The wish as others will see it, and what the writer should know of."""

    hidden: list[HiddenOut] = Field(description="已隐藏的内容 · what was hidden")
    similar_to: UUID | None = Field(
        description="30 天内相似的心愿，仅提醒 · a similar one of yours within 30 days; no obstacle"
    )

    @classmethod
    def of_posted(cls, posted: Posted, clock: Clock) -> Self:
        return cls(
            **WishOut.of_own(posted.wish, clock).model_dump(),
            hidden=[
                *(HiddenOut.of("title", each) for each in posted.hidden_in_title),
                *(HiddenOut.of("detail", each) for each in posted.hidden_in_detail),
            ],
            similar_to=posted.similar_to,
        )


class ShowingOut(Output):
    """When a volunteer was shown my name and phone, and by which claim."""

    id: UUID
    claim_id: UUID
    at: Instant

    @classmethod
    def of(cls, showing: Showing) -> Self:
        return cls.model_validate(showing)


class PublicFiguresOut(Output):
    """Counted from history rows: the same time asked for again is the same answer."""

    received: int = Field(description=" · ".join(DEFINITIONS["received"]))
    fulfilled: int = Field(description=" · ".join(DEFINITIONS["fulfilled"]))
    as_of: Instant

    @classmethod
    def of(cls, figures: PublicFigures) -> Self:
        return cls.model_validate(figures)


def _contact(contact: Contact | None) -> ContactOut | None:
    return None if contact is None else ContactOut(name=contact.name, phone=contact.phone)
