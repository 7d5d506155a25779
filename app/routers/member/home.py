"""The app's home page: the campaign with its packs, who I am, and the page-view beacon."""

from fastapi import Request, Response

from app.platform.errors import NotFound
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.language import negotiate, say
from app.routers.rooms import R
from app.schemas.home import CampaignOut, MeOut, PackOut, ViewIn
from app.shared.identity.members import find_own

router = api_router()


@router.get("/v1/campaign", summary="当前活动与五大礼包")
@members_only(refuses=(NotFound,))
async def get_campaign(request: Request, response: Response, rooms: R) -> CampaignOut:
    """The current campaign and its five packs; texts follow Accept-Language."""
    language = negotiate(request.headers.get("accept-language"))
    response.headers["Content-Language"] = "zh-CN" if language == "zh" else "en"
    response.headers["Vary"] = "Accept-Language"
    campaign = await rooms.campaign.read()
    return CampaignOut(
        id=campaign.id,
        name=say(campaign.name, language),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        server_time=rooms.clock.now(),
        packs=[
            PackOut(
                kind=pack.kind,
                title=say(pack.title, language),
                summary=say(pack.summary, language),
                state=pack.state,
            )
            for pack in campaign.packs
        ],
    )


@router.get("/v1/me", summary="我的账号")
@members_only()
async def get_me(member: MemberCaller, rooms: R) -> MeOut:
    """My account, masked, and what I am entitled by."""
    return MeOut.of(await find_own(rooms.sessions, rooms.sealer, member_id=member.id))


@router.post("/v1/views", status_code=202, summary="页面浏览计数", response_class=Response)
@members_only()
async def count_view(body: ViewIn, rooms: R) -> Response:
    """Count one view of a pack's page. Send it and forget it: it never fails the page."""
    await rooms.views.count(body.pack)
    return Response(status_code=202)
