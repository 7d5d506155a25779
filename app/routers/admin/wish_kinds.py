"""What staff set of wishes: their kinds, and the limits of a campaign."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app.models.states import Role
from app.packs.wishes import kinds, limits
from app.platform.errors import AlreadyExists, NotFound, VersionStale
from app.routers.acting import Acting
from app.routers.editions import Edition
from app.routers.guard import OPTIONAL, OnceKey, Reach, api_router, staff_only
from app.routers.rooms import R
from app.schemas.seed_ids import FIRST_WISH_KIND_ID
from app.schemas.wish_rules import (
    KindChange,
    KindIn,
    LimitsChange,
    LimitsOut,
    StaffKindList,
    StaffKindOut,
)

router = api_router()

KINDS, LIMITS = "/v1/admin/wishes/kinds", "/v1/admin/wishes/limits"
MANAGER, REVIEWER = Role.CAMPAIGN_MANAGER, Role.WISH_REVIEWER
KindId = Annotated[UUID, Path(examples=[str(FIRST_WISH_KIND_ID)])]


@router.get(KINDS, summary="心愿类别（管理）")
@staff_only(MANAGER, REVIEWER, reads=True, reach=Reach.SHARED, refuses=(NotFound,))
async def list_all_kinds(rooms: R, campaign_id: Edition = None) -> StaffKindList:
    """A campaign's (the current one's) kinds of wish, those that are off too."""
    found = await kinds.list_kinds(rooms.sessions, off_too=True, campaign_id=campaign_id)
    return StaffKindList(items=[StaffKindOut.of(kind) for kind in found])


@router.post(KINDS, status_code=201, summary="新增心愿类别")
@staff_only(MANAGER, verb="wishes.kind.create", key=OPTIONAL, refuses=(NotFound, AlreadyExists))
async def create_a_kind(body: KindIn, actor: Acting, rooms: R, once: OnceKey) -> StaffKindOut:
    """Add a kind of wish. It is on at once; its code never changes."""
    made = await kinds.create_kind(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda kind: StaffKindOut.of(kind).model_dump_json()),
        actor=actor,
        **body.model_dump(),
    )
    return StaffKindOut.of(made)


@router.patch(KINDS + "/{kind_id}", summary="修改心愿类别")
@staff_only(MANAGER, verb="wishes.kind.change", refuses=(NotFound, VersionStale))
async def change_a_kind(kind_id: KindId, body: KindChange, actor: Acting, rooms: R) -> StaffKindOut:
    """Titles, order, hours until a claim lapses, on or off. It is felt at once; wishes of the
    kind that are there go on."""
    changed = await kinds.change_kind(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        kind_id=kind_id,
        version=body.version,
        changes=body.model_dump(exclude={"version"}, exclude_none=True),
    )
    return StaffKindOut.of(changed)


@router.get(LIMITS, summary="心愿限额")
@staff_only(MANAGER, REVIEWER, reads=True, reach=Reach.SHARED, refuses=(NotFound,))
async def get_wish_limits(rooms: R, campaign_id: Edition = None) -> LimitsOut:
    """A campaign's (the current one's) limits of wishes and claims."""
    return LimitsOut.of(await limits.LIMITS.get(rooms.sessions, campaign_id))


@router.patch(LIMITS, summary="修改心愿限额")
@staff_only(MANAGER, verb="wishes.limits.change", refuses=(NotFound, VersionStale))
async def change_wish_limits(body: LimitsChange, actor: Acting, rooms: R) -> LimitsOut:
    """Change a limit for everybody from now on. Nothing that was posted or claimed is undone."""
    changed = await limits.change_limits(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        version=body.version,
        changes=body.model_dump(exclude={"version", "reason", "campaign_id"}, exclude_none=True),
        reason=body.reason,
        campaign_id=body.campaign_id,
    )
    return LimitsOut.of(changed)
