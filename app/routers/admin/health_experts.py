"""Experts for staff: who they are, and in which account they work."""

from uuid import UUID

from fastapi import Request, Response

from app.models.states import Role
from app.packs.health import experts
from app.platform.errors import AlreadyExists, CursorInvalid, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.consultations import ReviewerIn
from app.schemas.health_experts import ExpertChange, ExpertIn, StaffExpertOut

router = api_router()

EXPERTS = "/v1/admin/health/experts"
MANAGER = Role.CAMPAIGN_MANAGER


@router.get(EXPERTS, summary="专家名单")
@staff_only(MANAGER, Role.EXPERT, Role.PRIVACY_OFFICER, reads=True, refuses=(CursorInvalid,))
async def list_experts(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffExpertOut]:
    """All experts, those who are not active any more too, in the order in which they came."""
    found = await experts.list_experts(rooms.sessions, page=page, everybody=True)
    link_next(request, response, found)
    shown = found.map(StaffExpertOut.of)
    return PageOut[StaffExpertOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(EXPERTS, status_code=201, summary="新增专家")
@staff_only(MANAGER, verb="health.expert.create", key=OPTIONAL, refuses=(AlreadyExists,))
async def create_expert(body: ExpertIn, actor: Acting, rooms: R, once: OnceKey) -> StaffExpertOut:
    """An expert, shown to members at once."""
    created = await experts.create_expert(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda each: StaffExpertOut.of(each).model_dump_json()),
        actor=actor,
        expert=body.expert(),
    )
    return StaffExpertOut.of(created)


@router.patch(EXPERTS + "/{expert_id}", summary="修改专家")
@staff_only(MANAGER, verb="health.expert.change", refuses=(VersionStale, AlreadyExists))
async def change_expert(
    expert_id: UUID, body: ExpertChange, actor: Acting, rooms: R
) -> StaffExpertOut:
    """Correct what is known of an expert, or end their work; what is absent stays."""
    changed = await experts.change_expert(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        expert_id=expert_id,
        version=body.version,
        changes=body.changes(),
    )
    return StaffExpertOut.of(changed)


@router.put(EXPERTS + "/{expert_id}/reviewer", summary="指定医疗质量审阅人")
@staff_only(
    Role.PRIVACY_OFFICER,
    verb="health.expert.name_reviewer",
    refuses=(StateConflict, AlreadyExists),
)
async def name_reviewer(
    expert_id: UUID, body: ReviewerIn, actor: Acting, rooms: R
) -> StaffExpertOut:
    """Name the one expert who may read consultations beside the two parties, or take that away.
    Members see who it is."""
    named = await experts.name_reviewer(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        expert_id=expert_id,
        is_reviewer=body.is_reviewer,
        reason=body.reason,
    )
    return StaffExpertOut.of(named)
