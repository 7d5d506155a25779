"""Editions for staff: begin one, copy an earlier one, correct it, open and end it."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import PackKind, Role
from app.platform.errors import CursorInvalid, StateConflict, VersionStale, Words
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut, Reason
from app.schemas.campaigns import (
    CampaignChange,
    CampaignIn,
    CampaignListed,
    CopyIn,
    OpenIn,
    PackChange,
    StaffCampaignOut,
)
from app.schemas.packs import StaffPackOut
from app.schemas.seed_ids import CAMPAIGN_ID
from app.shared import campaigns
from app.shared.campaigns import CampaignFacts, Planned
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor

router = api_router()

CAMPAIGNS = "/v1/admin/campaigns"
CAMPAIGN = CAMPAIGNS + "/{campaign_id}"
MANAGER = Role.CAMPAIGN_MANAGER
# A copy writes every drop, event, question and box of an edition.
DEADLINE_S = 30
CampaignId = Annotated[UUID, Path(examples=[str(CAMPAIGN_ID)])]
Kind = Annotated[PackKind, Path(examples=[PackKind.WISHES.value])]


@router.get(CAMPAIGNS, summary="各届活动")
@staff_only(MANAGER, reads=True, reach=Reach.SHARED, refuses=(CursorInvalid,))
async def list_staff_campaigns(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[CampaignListed]:
    """All editions, those that begin last first, drafts too."""
    found = await campaigns.list_campaigns(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(CampaignListed.of)
    return PageOut[CampaignListed](items=shown.items, next_cursor=shown.next_cursor)


@router.post(CAMPAIGNS, status_code=201, summary="新建一届活动（草稿）")
@staff_only(MANAGER, verb="campaigns.campaign.create", key=OPTIONAL)
async def create_campaign(
    body: CampaignIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffCampaignOut:
    """A draft with its packs and nothing in them. To begin with last year's plans, copy that."""
    planned = await campaigns.create_campaign(
        rooms.sessions,
        rooms.clock,
        rooms.editions,
        once.answering(201, _render),
        actor=actor,
        name=Words(body.name, body.name_en),
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        packs=[pack.new() for pack in body.packs],
    )
    return StaffCampaignOut.of_planned(planned)


@router.get(CAMPAIGN, summary="一届活动")
@staff_only(MANAGER, reads=True, reach=Reach.SHARED)
async def get_staff_campaign(campaign_id: CampaignId, rooms: R) -> StaffCampaignOut:
    """An edition with its packs, and what a copy of it would take along."""
    planned = await campaigns.look_at_campaign(
        rooms.sessions, rooms.editions, campaign_id=campaign_id
    )
    return StaffCampaignOut.of_planned(planned)


@router.patch(CAMPAIGN, summary="修改一届活动")
@staff_only(MANAGER, verb="campaigns.campaign.change", refuses=(VersionStale,))
async def change_campaign(
    campaign_id: CampaignId, body: CampaignChange, actor: Acting, rooms: R
) -> StaffCampaignOut:
    """Its name and its dates. The windows of what is in it are changed each by itself."""
    changed = await campaigns.change_campaign(
        rooms.sessions,
        rooms.clock,
        rooms.editions,
        actor=actor,
        campaign_id=campaign_id,
        version=body.version,
        changes=body.model_dump(exclude={"version"}, exclude_none=True),
    )
    return StaffCampaignOut.of_planned(changed)


@router.patch(CAMPAIGN + "/packs/{kind}", summary="修改礼包文字")
@staff_only(MANAGER, verb="campaigns.pack.change", refuses=(VersionStale,))
async def change_pack(
    campaign_id: CampaignId, kind: Kind, body: PackChange, actor: Acting, rooms: R
) -> StaffPackOut:
    """What the app shows of a pack, in both languages. It is felt at once."""
    changed = await campaigns.change_pack(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        campaign_id=campaign_id,
        kind=kind,
        version=body.version,
        changes=body.model_dump(exclude={"version"}, exclude_none=True),
    )
    return StaffPackOut.of(changed)


@router.post(CAMPAIGN + "/copies", status_code=201, summary="复制为新一届（草稿）")
@staff_only(MANAGER, verb="campaigns.campaign.copy", key=OPTIONAL, deadline_s=DEADLINE_S)
async def copy_campaign(
    campaign_id: CampaignId, body: CopyIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffCampaignOut:
    """Next year's edition, as a draft: packs and texts, kinds and limits of wishes, drops,
    couplet events, quizzes with their banks and draws, talks, gift boxes; every time moved by
    the same number of days. Nothing of what anybody did comes along, and members see nothing
    of it before it is opened."""
    planned = await campaigns.copy_campaign(
        rooms.sessions,
        rooms.clock,
        rooms.editions,
        once.answering(201, _render),
        actor=actor,
        campaign_id=campaign_id,
        name=Words(body.name, body.name_en),
        starts_on=body.starts_on,
        shift_days=body.shift_days,
    )
    return StaffCampaignOut.of_planned(planned)


@router.post(CAMPAIGN + "/open", summary="开放一届活动")
@staff_only(MANAGER, verb="campaigns.campaign.open", key=OPTIONAL, refuses=(StateConflict,))
async def open_campaign(
    campaign_id: CampaignId, body: OpenIn, actor: Acting, rooms: R, once: OnceKey
) -> CampaignListed:
    """Let members see it, with these packs open (all, if none is named); each begins within its
    own windows. It runs beside whatever else is open."""
    return await _move(rooms, once, actor, campaign_id, "open", body.reason, body.packs)


@router.post(CAMPAIGN + "/end", summary="结束一届活动")
@staff_only(MANAGER, verb="campaigns.campaign.end", key=OPTIONAL, refuses=(StateConflict,))
async def end_campaign(
    campaign_id: CampaignId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> CampaignListed:
    """Close all its packs: from the answer on nothing new begins in it. What was granted stays
    usable, what is under way goes on, its report stays. What was ended can be opened again."""
    return await _move(rooms, once, actor, campaign_id, "end", body.reason)


@router.post(CAMPAIGN + "/current", summary="设为当前活动")
@staff_only(MANAGER, verb="campaigns.campaign.make_current", key=OPTIONAL, refuses=(StateConflict,))
async def make_campaign_current(
    campaign_id: CampaignId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> CampaignListed:
    """The edition that is meant wherever none is named: the app's first page, new plans, the
    report. It has to be open; the other one stays as it is."""
    made = await campaigns.make_current(
        rooms.sessions,
        rooms.clock,
        once.answering(200, _render_facts),
        actor=actor,
        campaign_id=campaign_id,
        reason=body.reason,
    )
    return CampaignListed.of(made)


def _render(planned: Planned) -> str:
    return StaffCampaignOut.of_planned(planned).model_dump_json()


def _render_facts(campaign: CampaignFacts) -> str:
    return CampaignListed.of(campaign).model_dump_json()


async def _move(
    rooms: Rooms,
    once: Once,
    actor: Actor,
    campaign_id: UUID,
    act: str,
    reason: str,
    packs: list[PackKind] | None = None,
) -> CampaignListed:
    moved = await campaigns.move_campaign(
        rooms.sessions,
        rooms.clock,
        once.answering(200, _render_facts),
        actor=actor,
        campaign_id=campaign_id,
        act=act,
        reason=reason,
        packs=packs,
    )
    return CampaignListed.of(moved)
