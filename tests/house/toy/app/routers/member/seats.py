"""Seats for members: a talk, and a seat at it."""

from uuid import UUID

from fastapi import Request, Response

from app.packs.seats import talks
from app.packs.seats.claim import claim
from app.packs.seats.refusals import TalkClosed
from app.routers.acting import actor_of
from app.routers.guard import CLAIM_KEY, ClaimKey, MemberCaller, api_router, members_only
from app.routers.rooms import R
from app.schemas.seats import SeatOut, TalkOut
from app.shared.stock import LimitReached, NotOpen, SoldOut

router = api_router()


@router.get("/v1/seats/talks/{talk_id}", summary="一场讲座")
@members_only()
async def get_talk(talk_id: UUID, rooms: R) -> TalkOut:
    """One talk, with the seats that are free."""
    return TalkOut.of(await talks.find_talk(rooms.sessions, talk_id))


@router.post("/v1/seats/talks/{talk_id}/claims", status_code=201, summary="领取座位")
@members_only(key=CLAIM_KEY, refuses=(TalkClosed, NotOpen, LimitReached, SoldOut), front=True)
async def claim_seat(
    talk_id: UUID,
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    key: ClaimKey,
) -> SeatOut:
    """Claim a seat. Repeat it with the same key as often as you like: it stays one."""
    claimed = await claim(
        rooms.stock,
        rooms.sessions,
        rooms.digester,
        member=member,
        actor=actor_of(request),
        talk_id=talk_id,
        request=key,
    )
    if claimed.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return SeatOut.of(claimed.seat)
