"""Wishes for volunteers: claim one, start, give it back, hand in; and what staff ask."""

from collections.abc import Callable
from uuid import UUID

from fastapi import Request, Response

from app.packs.wishes import browse, dispatching, helping
from app.packs.wishes.claim import Claimed, claim
from app.packs.wishes.queries import ClaimFacts
from app.packs.wishes.refusals import (
    AlreadyClaimed,
    ClaimCooldown,
    ClaimExpired,
    OwnWish,
    VolunteerNotSuitable,
)
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import (
    CLAIM_KEY,
    REQUIRED,
    ClaimKey,
    MemberCaller,
    OnceKey,
    api_router,
    members_only,
)
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut
from app.schemas.wish_claims import (
    ClaimedOut,
    ClaimOut,
    DispatchOut,
    MyClaimOut,
    MyDispatchOut,
    SubmissionIn,
)
from app.schemas.wishes import ReasonIn
from app.shared.stock import LimitReached, NotOpen

router = api_router()

CLAIMS = "/v1/wishes/{wish_id}/claims"
DISPATCHES = "/v1/wishes/dispatches/{dispatch_id}"
CLAIM_REFUSALS = (
    AlreadyClaimed,
    OwnWish,
    LimitReached,
    ClaimCooldown,
    VolunteerNotSuitable,
    NotOpen,
    StateConflict,
)


@router.post(CLAIMS, status_code=201, summary="认领心愿")
@members_only(key=CLAIM_KEY, refuses=CLAIM_REFUSALS)
async def claim_wish(
    wish_id: UUID,
    response: Response,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    key: ClaimKey,
) -> ClaimedOut:
    """Take a wish on. Of all who press exactly one holds it; start before `start_before`."""
    claimed = await claim(
        rooms.stock,
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        member=member,
        actor=actor,
        wish_id=wish_id,
        request=key,
    )
    return _claimed(response, claimed)


@router.post(CLAIMS + "/{claim_id}/start", summary="开始服务")
@members_only(key=REQUIRED, refuses=(ClaimExpired, StateConflict))
async def start_claim(
    wish_id: UUID,
    claim_id: UUID,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> ClaimOut:
    """I have begun; the claim does not lapse any more."""
    started = await helping.start_claim(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, _render(rooms)),
        actor=actor,
        member_id=member.id,
        wish_id=wish_id,
        claim_id=claim_id,
    )
    return ClaimOut.of(started, rooms.clock)


@router.post(CLAIMS + "/{claim_id}/release", summary="退回认领")
@members_only(key=REQUIRED, refuses=(ClaimExpired, StateConflict))
async def release_claim(
    wish_id: UUID,
    claim_id: UUID,
    body: ReasonIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> ClaimOut:
    """Give the wish back, at any time before it is handed in. It is open again at once."""
    released = await helping.release_claim(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, _render(rooms)),
        actor=actor,
        member_id=member.id,
        wish_id=wish_id,
        claim_id=claim_id,
        reason=body.reason,
    )
    return ClaimOut.of(released, rooms.clock)


@router.post(CLAIMS + "/{claim_id}/submission", summary="提交完成情况")
@members_only(key=REQUIRED, refuses=(ClaimExpired, StateConflict))
async def submit_claim(
    wish_id: UUID,
    claim_id: UUID,
    body: SubmissionIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> ClaimOut:
    """Hand in what was done, in words, minutes and pictures. The wisher has the last word."""
    submitted = await helping.submit_claim(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, _render(rooms)),
        actor=actor,
        member_id=member.id,
        wish_id=wish_id,
        claim_id=claim_id,
        **body.model_dump(),
    )
    return ClaimOut.of(submitted, rooms.clock)


@router.post(DISPATCHES + "/acceptance", summary="接受派单")
@members_only(key=CLAIM_KEY, refuses=CLAIM_REFUSALS)
async def accept_dispatch(
    dispatch_id: UUID,
    response: Response,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    key: ClaimKey,
) -> ClaimedOut:
    """Take on the wish that staff asked me for, as a claim like any other."""
    accepted = await dispatching.accept_dispatch(
        rooms.stock,
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        member=member,
        actor=actor,
        dispatch_id=dispatch_id,
        request=key,
    )
    return _claimed(response, accepted)


@router.post(DISPATCHES + "/refusal", summary="谢绝派单")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def refuse_dispatch(
    dispatch_id: UUID,
    body: ReasonIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> DispatchOut:
    """No, with a reason that staff read. Nobody is assigned by force."""
    refused = await dispatching.refuse_dispatch(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, lambda each: DispatchOut.of(each).model_dump_json()),
        actor=actor,
        member_id=member.id,
        dispatch_id=dispatch_id,
        reason=body.reason,
    )
    return DispatchOut.of(refused)


@router.get("/v1/me/wish-claims", summary="我认领的心愿")
@members_only(refuses=(CursorInvalid,))
async def list_my_claims(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> PageOut[MyClaimOut]:
    """My claims in every state, newest first, with my service time."""
    found = await browse.list_my_claims(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    shown = found.map(lambda mine: MyClaimOut.of_mine(mine, rooms.clock))
    return PageOut[MyClaimOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get("/v1/me/wish-dispatches", summary="工会派给我的心愿")
@members_only(refuses=(CursorInvalid,))
async def list_my_dispatches(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> PageOut[MyDispatchOut]:
    """What staff have asked me, newest first."""
    found = await browse.list_my_dispatches(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    shown = found.map(MyDispatchOut.of_mine)
    return PageOut[MyDispatchOut](items=shown.items, next_cursor=shown.next_cursor)


def _claimed(response: Response, claimed: Claimed) -> ClaimedOut:
    if claimed.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return ClaimedOut.of(claimed.claim)


def _render(rooms: Rooms) -> Callable[[ClaimFacts], str]:
    return lambda claim: ClaimOut.of(claim, rooms.clock).model_dump_json()
