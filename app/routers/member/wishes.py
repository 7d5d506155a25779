"""Wishes for members: say one, look for one, confirm that it came true."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states import District, Urgency
from app.packs.wishes import browse, kinds, wisher
from app.packs.wishes.post import post_wish
from app.packs.wishes.refusals import MoneyRequest
from app.platform.errors import CursorInvalid, NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.editions import Edition, OpenEdition
from app.routers.guard import REQUIRED, MemberCaller, OnceKey, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import Instant, PageOut
from app.schemas.wishes import (
    ConfirmationIn,
    KindCode,
    PostedOut,
    RatingIn,
    ReasonIn,
    ShowingOut,
    WishDetail,
    WishKindList,
    WishKindOut,
    WishList,
    WishOut,
    WishText,
)
from app.shared.stock import LimitReached, NotOpen

router = api_router()

WISHES = "/v1/wishes"


@router.get(WISHES + "/kinds", summary="心愿类别")
@members_only(refuses=(NotFound,))
async def list_wish_kinds(rooms: R, campaign_id: Edition = None) -> WishKindList:
    """A campaign's (the current one's) kinds of wish, of which one can be posted now."""
    found = await kinds.list_kinds(rooms.sessions, campaign_id=campaign_id)
    return WishKindList(items=[WishKindOut.of(kind) for kind in found])


@router.get(WISHES, summary="可认领的心愿")
@members_only(refuses=(CursorInvalid,))
async def list_wishes(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    kind: Annotated[KindCode | None, Query()] = None,
    district: District | None = None,
    urgency: Urgency | None = None,
    needed_before: Annotated[Instant | None, Query()] = None,
    campaign_id: OpenEdition = None,
) -> WishList:
    """Wishes that can be claimed, those first that are needed soonest; their public face."""
    found = await browse.list_open(
        rooms.sessions,
        rooms.clock,
        member=member,
        page=page,
        kind=kind,
        district=district,
        urgency=urgency,
        needed_before=needed_before,
        campaign_id=campaign_id,
    )
    link_next(request, response, found)
    return WishList(
        items=[WishOut.of(seen) for seen in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )


@router.post(WISHES, status_code=201, summary="发布微心愿")
@members_only(key=REQUIRED, refuses=(NotFound, MoneyRequest, NotOpen, LimitReached))
async def post_a_wish(
    body: WishText, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> PostedOut:
    """Say a wish. It is reviewed before others see it; what must not be public is hidden, and
    you are shown what. Wishes about money are refused."""
    posted = await post_wish(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(
            201, lambda result: PostedOut.of_posted(result, rooms.clock).model_dump_json()
        ),
        actor=actor,
        member_id=member.id,
        person_id=member.person_id,
        said=body.said(),
    )
    return PostedOut.of_posted(posted, rooms.clock)


@router.get(WISHES + "/{wish_id}", summary="一个心愿")
@members_only()
async def get_wish(wish_id: UUID, member: MemberCaller, actor: Acting, rooms: R) -> WishDetail:
    """One wish: its public face; to its wisher all of it; to the holder of a live claim how to
    reach the wisher, which is written down."""
    seen = await browse.look_at(
        rooms.sessions, rooms.clock, rooms.sealer, member=member, actor=actor, wish_id=wish_id
    )
    return WishDetail.of_seen(seen, rooms.clock, rooms.links)


@router.get(WISHES + "/{wish_id}/contact-showings", summary="谁看过我的联系方式")
@members_only(refuses=(CursorInvalid,))
async def list_contact_showings(
    wish_id: UUID,
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
) -> PageOut[ShowingOut]:
    """Each time that a volunteer was shown my name and phone, newest first."""
    found = await browse.list_showings(rooms.sessions, member=member, wish_id=wish_id, page=page)
    link_next(request, response, found)
    shown = found.map(ShowingOut.of)
    return PageOut[ShowingOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(WISHES + "/{wish_id}/confirmation", summary="确认心愿是否实现")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def confirm_a_wish(
    wish_id: UUID,
    body: ConfirmationIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> WishOut:
    """The wisher's word: done, or not done, which brings it back to staff."""
    wish = await wisher.confirm_wish(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, lambda wish: WishOut.of_own(wish, rooms.clock).model_dump_json()),
        member=member,
        actor=actor,
        wish_id=wish_id,
        done=body.done,
        comment=body.comment,
    )
    return WishOut.of_own(wish, rooms.clock)


@router.post(WISHES + "/{wish_id}/withdrawal", summary="撤回心愿")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def withdraw_a_wish(
    wish_id: UUID, body: ReasonIn, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> WishOut:
    """Never mind: until something was handed in. A volunteer who holds it is told."""
    wish = await wisher.withdraw_wish(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, lambda wish: WishOut.of_own(wish, rooms.clock).model_dump_json()),
        member=member,
        actor=actor,
        wish_id=wish_id,
        reason=body.reason,
    )
    return WishOut.of_own(wish, rooms.clock)


@router.post(WISHES + "/{wish_id}/rating", summary="评价")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def rate_a_wish(
    wish_id: UUID, body: RatingIn, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> WishOut:
    """How it was, from either side, once; the other side does not read it."""
    rated = await wisher.rate_wish(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, lambda rated: WishOut.of(rated).model_dump_json()),
        member=member,
        actor=actor,
        wish_id=wish_id,
        stars=body.stars,
        comment=body.comment,
    )
    return WishOut.of(rated)


@router.get("/v1/me/wishes", summary="我的心愿")
@members_only(refuses=(CursorInvalid,))
async def list_my_wishes(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> WishList:
    """My own wishes in every state, newest first."""
    found = await browse.list_mine(rooms.sessions, rooms.clock, member=member, page=page)
    link_next(request, response, found)
    return WishList(
        items=[WishOut.of(seen) for seen in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )
