"""Who advises members, and on what."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.models.states_health import HealthTopic
from app.packs.health import experts
from app.packs.health.topics import TOPICS
from app.platform.errors import CursorInvalid
from app.routers.guard import api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.health_experts import ExpertOut, TopicList, TopicOut

router = api_router()


@router.get("/v1/health/topics", summary="咨询主题")
@members_only()
async def list_topics() -> TopicList:
    """What members may ask about, and which of it without a name."""
    return TopicList(items=[TopicOut.of(code) for code in TOPICS])


@router.get("/v1/health/experts", summary="专家")
@members_only(refuses=(CursorInvalid,))
async def list_experts(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    topic: Annotated[
        HealthTopic | None, Query(description="只看这个主题的 · who advises on this")
    ] = None,
) -> PageOut[ExpertOut]:
    """Doctors and counsellors who advise members, with licence, hospital and department."""
    found = await experts.list_experts(rooms.sessions, page=page, topic=topic)
    link_next(request, response, found)
    shown = found.map(ExpertOut.of)
    return PageOut[ExpertOut](items=shown.items, next_cursor=shown.next_cursor)
