"""Wishes for staff: the queue, review, dispatch, and speaking for who cannot or does not."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import District, Role, Urgency, WishState
from app.packs.wishes import desk, dispatching, figures, review
from app.packs.wishes.post import Posted, post_on_behalf
from app.packs.wishes.queries import WishFacts
from app.packs.wishes.refusals import (
    MoneyRequest,
    OwnWish,
    SecondReviewerNeeded,
    VolunteerNotSuitable,
)
from app.packs.wishes.suitability import list_volunteers, record_volunteer
from app.platform.errors import CursorInvalid, InputInvalid, NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.routers.state_words import explained
from app.schemas.base import Instant, PageOut
from app.schemas.seed_ids import FIRST_MEMBER_ID
from app.schemas.wish_claims import DispatchOut
from app.schemas.wish_desk import (
    DispatchIn,
    GroupFiguresList,
    GroupFiguresOut,
    ListedVolunteerOut,
    MemberNo,
    OpenedWishOut,
    QueuedWishOut,
    ReviewIn,
    StaffConfirmationIn,
    StaffWishIn,
    StaffWishOut,
    VolunteerIn,
    VolunteerOut,
)
from app.schemas.wishes import KindCode, PostedOut
from app.shared.idempotency import Once
from app.shared.stock import LimitReached, NotOpen

router = api_router()

WISHES = "/v1/admin/wishes"
REVIEWER = Role.WISH_REVIEWER
READERS = (REVIEWER, Role.CAMPAIGN_MANAGER)


@router.get(WISHES, summary="心愿清单")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_queue(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    state: Annotated[
        WishState | None, Query(description=f"状态 · as it is read now：{explained(WishState)}")
    ] = None,
    kind: Annotated[KindCode | None, Query(description="类别代码 · a kind's code")] = None,
    district: Annotated[District | None, Query(description="区市 · the wish's district")] = None,
    urgency: Annotated[Urgency | None, Query(description="紧急程度 · how soon")] = None,
    overdue: Annotated[
        bool | None, Query(description="只看该处理的 · what should be looked at now")
    ] = None,
    member_no: Annotated[MemberNo | None, Query(description="心愿人的会员号 · whose")] = None,
) -> PageOut[QueuedWishOut]:
    """Wishes by urgency, then by how long they wait. `state=pending_review` is the queue of
    reviews; `overdue=true` what nobody has reviewed, claimed, finished or confirmed in time."""
    found = await desk.list_queue(
        rooms.sessions,
        rooms.clock,
        page=page,
        districts=staff.districts,
        state=state,
        kind=kind,
        district=district,
        urgency=urgency,
        overdue=overdue,
        member_no=member_no,
    )
    link_next(request, response, found)
    shown = found.map(QueuedWishOut.of_queued)
    return PageOut[QueuedWishOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(WISHES, status_code=201, summary="代发心愿")
@staff_only(
    REVIEWER,
    verb="wishes.wish.post",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(NotFound, MoneyRequest, NotOpen, LimitReached),
)
async def post_on_behalf_of_somebody(
    body: StaffWishIn, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> PostedOut:
    """For a member without a phone: who spoke for them is recorded, and so is their consent.
    Somebody else reviews it."""
    posted = await post_on_behalf(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(201, lambda each: _posted(each, rooms).model_dump_json()),
        actor=actor,
        staff_id=staff.id,
        proxy=body.on_behalf_of.proxy(),
        said=body.said(),
        districts=staff.districts,
    )
    return _posted(posted, rooms)


@router.get(WISHES + "/figures", summary="心愿数据（按类别与区市）")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(NotFound, InputInvalid))
async def get_wish_figures(
    staff: StaffCaller,
    rooms: R,
    as_of: Annotated[
        Instant | None, Query(description="截至何时，默认现在 · as of when, by default now")
    ] = None,
) -> GroupFiguresList:
    """Received, fulfilled, time to the first claim and to fulfilment, by kind and district."""
    at, found = await figures.figures_by_group(
        rooms.sessions, rooms.clock, districts=staff.districts, as_of=as_of
    )
    return GroupFiguresList(as_of=at, items=[GroupFiguresOut.of(each) for each in found])


@router.get(WISHES + "/{wish_id}", summary="一个心愿的全部")
@staff_only(REVIEWER, verb="wishes.wish.read", reads=True, reach=Reach.DISTRICT)
async def open_wish(wish_id: UUID, staff: StaffCaller, actor: Acting, rooms: R) -> OpenedWishOut:
    """All there is to a wish, in clear. Those whom it concerns can see that it was opened."""
    opened = await desk.open_wish(
        rooms.sessions, rooms.clock, rooms.sealer, staff=staff, actor=actor, wish_id=wish_id
    )
    return OpenedWishOut.of_opened(opened, rooms.clock, rooms.links)


@router.post(WISHES + "/{wish_id}/review", summary="审核心愿")
@staff_only(
    REVIEWER,
    verb="wishes.wish.review",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(SecondReviewerNeeded, StateConflict),
)
async def review_wish(
    wish_id: UUID, body: ReviewIn, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StaffWishOut:
    """Approve or reject, with a reason that only the wisher and staff read. With flags the first
    approval waits for somebody else's second."""
    reviewed = await review.review_wish(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        _answering(once, rooms),
        staff=staff,
        actor=actor,
        wish_id=wish_id,
        approve=body.decision == "approve",
        reason=body.reason,
        flags=body.flags,
        needed_by=body.needed_by,
    )
    return StaffWishOut.of(reviewed, rooms.clock)


@router.post(WISHES + "/{wish_id}/dispatches", status_code=201, summary="派单")
@staff_only(
    REVIEWER,
    verb="wishes.dispatch.offer",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(OwnWish, VolunteerNotSuitable, StateConflict),
)
async def dispatch_wish(
    wish_id: UUID, body: DispatchIn, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> DispatchOut:
    """Ask a volunteer to take an open wish on. It stays open to all until somebody claims it."""
    offered = await dispatching.dispatch_wish(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(201, lambda each: DispatchOut.of(each).model_dump_json()),
        staff=staff,
        actor=actor,
        wish_id=wish_id,
        member_no=body.member_no,
    )
    return DispatchOut.of(offered)


@router.post(WISHES + "/{wish_id}/confirmation", summary="代为确认心愿")
@staff_only(
    REVIEWER,
    verb="wishes.wish.confirm",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def confirm_for_wisher(
    wish_id: UUID,
    body: StaffConfirmationIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> StaffWishOut:
    """Say for a wisher who was silent for seven days whether it was done, and how one knows."""
    confirmed = await review.confirm_for_wisher(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        _answering(once, rooms),
        staff=staff,
        actor=actor,
        wish_id=wish_id,
        done=body.done,
        reason=body.reason,
    )
    return StaffWishOut.of(confirmed, rooms.clock)


@router.get("/v1/admin/wish-volunteers", summary="已登记的志愿者")
@staff_only(
    REVIEWER,
    verb="wishes.volunteer.list",
    reads=True,
    reach=Reach.DISTRICT,
    refuses=(CursorInvalid,),
)
async def list_recorded_volunteers(
    request: Request,
    response: Response,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    page: Paging,
    member_no: Annotated[MemberNo | None, Query(description="会员号 · of one member")] = None,
) -> PageOut[ListedVolunteerOut]:
    """Volunteers of whom age, training and health were recorded, the newest first. They can see
    that you looked."""
    found = await list_volunteers(
        rooms.sessions,
        rooms.clock,
        staff=staff,
        actor=actor,
        page=page,
        member_no=member_no,
    )
    link_next(request, response, found)
    shown = found.map(ListedVolunteerOut.of_listed)
    return PageOut[ListedVolunteerOut](items=shown.items, next_cursor=shown.next_cursor)


@router.put("/v1/admin/wish-volunteers/{member_id}", summary="登记志愿者")
@staff_only(REVIEWER, verb="wishes.volunteer.record", reach=Reach.DISTRICT)
async def record_a_volunteer(
    member_id: Annotated[UUID, Path(examples=[str(FIRST_MEMBER_ID)])],
    body: VolunteerIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
) -> VolunteerOut:
    """What was seen of a volunteer's age, training and health, for wishes with flags."""
    recorded = await record_volunteer(
        rooms.sessions,
        rooms.clock,
        staff=staff,
        actor=actor,
        member_id=member_id,
        suitability=body.suitability(),
        reason=body.reason,
    )
    return VolunteerOut.of(recorded)


def _posted(posted: Posted, rooms: Rooms) -> PostedOut:
    return PostedOut.of_posted(posted, rooms.clock)


def _answering(once: Once, rooms: Rooms) -> Once:
    def render(wish: WishFacts) -> str:
        return StaffWishOut.of(wish, rooms.clock).model_dump_json()

    return once.answering(200, render)
