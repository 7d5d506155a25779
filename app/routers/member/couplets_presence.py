"""Viewers of a live session say that they are there."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app.packs.couplets.presence import EVENT
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.rooms import R
from app.schemas.presence import BeaconOut
from app.schemas.seed_ids import FIRST_COUPLETS_EVENT_ID

router = api_router()

EventId = Annotated[UUID, Path(examples=[str(FIRST_COUPLETS_EVENT_ID)])]


@router.post("/v1/couplets/events/{event_id}/presence", summary="观看心跳")
@members_only(front=True, recalled=True)
async def send_beacon(event_id: EventId, member: MemberCaller, rooms: R) -> BeaconOut:
    """I am watching. Send the next one after `next_in_s`, whatever was said before, until the
    page is closed. It needs no repetition when it fails."""
    return BeaconOut(next_in_s=await rooms.presence.hear(EVENT, event_id, member.id))
