"""Wishes in JSON, as staff send and see them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints

from app.models.states import DispatchState, District, Rater, Urgency, WishFlag, WishState
from app.packs.wishes.desk import OpenedWish, Overdue, QueuedWish
from app.packs.wishes.figures import DEFINITIONS, GroupFigures
from app.packs.wishes.inside import Move
from app.packs.wishes.post import Proxy
from app.packs.wishes.queries import WishFacts
from app.packs.wishes.rules import Suitability
from app.packs.wishes.suitability import ListedVolunteer, RecordedVolunteer
from app.platform.clock import Clock
from app.schemas.base import Instant, Output, ShortText, StaffInput, Why
from app.schemas.seed_ids import FIRST_MEMBER_NO
from app.schemas.wish_claims import HandedInOut
from app.schemas.wishes import WISH_EXAMPLE, ContactOut, MoveOut, WishText
from app.shared.files import Links

MemberNo = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class OnBehalfOf(StaffInput):
    """The member, and who spoke for them."""

    member_no: MemberNo
    proxy_name: ShortText
    proxy_relation: ShortText
    consented: Literal[True] = Field(
        description="本人同意代发 · the member has agreed to this being posted"
    )

    def proxy(self) -> Proxy:
        return Proxy(self.member_no, self.proxy_name, self.proxy_relation)


class StaffWishIn(WishText):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                **WISH_EXAMPLE,
                "on_behalf_of": {
                    "member_no": FIRST_MEMBER_NO,
                    "proxy_name": "李社工",
                    "proxy_relation": "社区工作者",
                    "consented": True,
                },
            }
        },
    )

    on_behalf_of: OnBehalfOf


class ReviewIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"decision": "approve", "reason": "情况属实"}}
    )

    decision: Literal["approve", "reject"]
    reason: Why
    flags: list[WishFlag] = Field(
        default_factory=list,
        max_length=3,
        description=(
            "有标记须两位审核员通过，且只由登记过的志愿者认领 · "
            "with flags two reviewers approve, and suitable volunteers claim"
        ),
    )
    needed_by: Instant | None = Field(
        default=None, description="与心愿人商定的新期限 · a later date, agreed with the wisher"
    )


class DispatchIn(StaffInput):
    member_no: MemberNo = Field(examples=[FIRST_MEMBER_NO])


class StaffConfirmationIn(StaffInput):
    done: StrictBool = Field(examples=[True])
    reason: Why = Field(examples=["已电话回访"])


class VolunteerIn(StaffInput):
    """What was seen. A volunteer suits a flagged wish if all three are true."""

    is_adult: StrictBool = Field(examples=[True])
    is_trained: StrictBool = Field(examples=[True])
    is_healthy: StrictBool = Field(examples=[True])
    reason: Why = Field(examples=["已核验证件与培训记录"])

    def suitability(self) -> Suitability:
        return Suitability(self.is_adult, self.is_trained, self.is_healthy)


class VolunteerOut(Output):
    member_id: UUID
    is_adult: bool
    is_trained: bool
    is_healthy: bool
    recorded_at: Instant

    @classmethod
    def of(cls, recorded: RecordedVolunteer) -> Self:
        seen = recorded.suitability
        return cls(
            member_id=recorded.member_id,
            is_adult=seen.is_adult,
            is_trained=seen.is_trained,
            is_healthy=seen.is_healthy,
            recorded_at=recorded.recorded_at,
        )


class ListedVolunteerOut(VolunteerOut):
    """`suits`: for wishes with flags."""

    member_no: str
    district: District
    suits: bool
    recorded_by: str

    @classmethod
    def of_listed(cls, listed: ListedVolunteer) -> Self:
        recorded = RecordedVolunteer(listed.member_id, listed.suitability, listed.recorded_at)
        return cls(
            **VolunteerOut.of(recorded).model_dump(),
            member_no=listed.member_no,
            district=listed.district,
            suits=listed.suitability.suits,
            recorded_by=listed.recorded_by,
        )


class StaffWishOut(Output):
    """A wish in staff's lists, without how to reach anybody."""

    id: UUID
    campaign_id: UUID
    member_no: str
    kind: str
    title: str
    detail: str
    district: District
    urgency: Urgency
    needed_by: Instant
    state: WishState
    flags: list[WishFlag]
    awaits_second_review: bool = Field(
        description="已初审，待另一位审核员 · approved once, waits for another reviewer"
    )
    posted_at: Instant
    waiting_from: Instant
    approved_at: Instant | None
    closed_at: Instant | None

    @classmethod
    def of(cls, wish: WishFacts, clock: Clock) -> Self:
        return cls(**_fields(wish, wish.state_at(clock.now())))


class QueuedWishOut(StaffWishOut):
    overdue: Overdue | None = Field(description="为何该处理 · why to look at it now")

    @classmethod
    def of_queued(cls, queued: QueuedWish) -> Self:
        return cls(**_fields(queued.wish, queued.state), overdue=queued.overdue)


class StaffMoveOut(MoveOut):
    actor: str

    @classmethod
    def of(cls, move: Move) -> Self:
        return cls.model_validate(move)


class StaffClaimOut(HandedInOut):
    member_no: str
    verified_by: str | None


class StaffDispatchOut(Output):
    id: UUID
    member_no: str
    state: DispatchState
    offered_at: Instant
    answered_at: Instant | None
    reason: str | None


class StaffRatingOut(Output):
    rater: Rater
    stars: int
    comment: str | None
    at: Instant


class OpenedWishOut(QueuedWishOut):
    """All there is to a wish, in clear; that it was opened is written down."""

    original_title: str
    original_detail: str
    contact: ContactOut
    show_contact_to_helper: bool
    proxy_name: str | None
    proxy_relation: str | None
    moves: list[StaffMoveOut]
    claims: list[StaffClaimOut]
    dispatches: list[StaffDispatchOut]
    ratings: list[StaffRatingOut]

    @classmethod
    def of_opened(cls, opened: OpenedWish, clock: Clock, links: Links) -> Self:
        wish, proxy = opened.queued.wish, opened.proxy or {}
        return cls(
            **_fields(wish, opened.queued.state),
            overdue=opened.queued.overdue,
            original_title=opened.original.get("title", ""),
            original_detail=opened.original.get("detail", ""),
            contact=ContactOut(name=opened.contact.name, phone=opened.contact.phone),
            show_contact_to_helper=wish.show_contact,
            proxy_name=proxy.get("name"),
            proxy_relation=proxy.get("relation"),
            moves=[StaffMoveOut.of(move) for move in opened.inside.moves],
            claims=[
                StaffClaimOut(
                    **HandedInOut.of(each, clock, links).model_dump(),
                    member_no=opened.volunteers[each.claim.member_id],
                    verified_by=each.claim.verified_by,
                )
                for each in opened.inside.claims
            ],
            dispatches=[StaffDispatchOut.model_validate(each) for each in opened.dispatches],
            ratings=[StaffRatingOut.model_validate(each) for each in opened.ratings],
        )


def _to_hundredths(hours: float) -> float:
    return round(hours, 2)


Hours = Annotated[float, AfterValidator(_to_hundredths), Field(description="小时 · hours")]


class SpreadOut(Output):
    """Hours; null where there was none."""

    median: Hours | None
    ninth_decile: Hours | None


class GroupFiguresOut(Output):
    kind: str
    district: District
    received: int = Field(description=" · ".join(DEFINITIONS["received"]))
    fulfilled: int = Field(description=" · ".join(DEFINITIONS["fulfilled"]))
    first_claim_h: SpreadOut = Field(description=" · ".join(DEFINITIONS["first_claim_h"]))
    fulfilment_h: SpreadOut = Field(description=" · ".join(DEFINITIONS["fulfilment_h"]))

    @classmethod
    def of(cls, figures: GroupFigures) -> Self:
        return cls.model_validate(figures)


class GroupFiguresList(Output):
    as_of: Instant
    items: list[GroupFiguresOut]


def _fields(wish: WishFacts, state: WishState) -> dict[str, Any]:
    """What staff's lists show of a wish."""
    is_pending = state is WishState.PENDING_REVIEW
    return {
        "id": wish.id,
        "campaign_id": wish.campaign_id,
        "member_no": wish.member_no,
        "kind": wish.kind,
        "title": wish.title,
        "detail": wish.detail,
        "district": wish.district,
        "urgency": wish.urgency,
        "needed_by": wish.needed_by,
        "state": state,
        "flags": sorted(wish.flags),
        "awaits_second_review": is_pending and wish.endorsed_by is not None,
        "posted_at": wish.posted_at,
        "waiting_from": wish.waiting_from,
        "approved_at": wish.approved_at,
        "closed_at": wish.closed_at,
    }
