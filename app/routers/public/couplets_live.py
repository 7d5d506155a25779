"""How many watch a live session, for anybody."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Path, Request, Response

from app.packs.couplets.presence import EVENT
from app.routers.guard import anyone, api_router
from app.routers.live_figures import LIVE_RESPONSES, answer_live
from app.routers.rooms import R
from app.schemas.presence import LiveFiguresOut
from app.schemas.seed_ids import FIRST_COUPLETS_EVENT_ID

router = api_router()

EventId = Annotated[UUID, Path(examples=[str(FIRST_COUPLETS_EVENT_ID)])]


@router.get(
    "/v1/public/couplets/{event_id}/live",
    summary="直播观看数字",
    response_model=LiveFiguresOut,
    responses=LIVE_RESPONSES,
)
@anyone()
async def get_live_figures(
    event_id: EventId,
    request: Request,
    rooms: R,
    if_none_match: Annotated[str | None, Header()] = None,
    last_event_id: Annotated[
        str | None, Header(description="事件流断线重连时 · when a stream is taken up again")
    ] = None,
) -> Response:
    """Viewers now, at most a second old, and after the end for good. With
    `Accept: text/event-stream` as server-sent events, one whenever something changes."""
    return await answer_live(
        rooms,
        EVENT,
        event_id,
        accept=request.headers.get("accept", ""),
        if_none_match=if_none_match,
        last_event_id=last_event_id,
    )
