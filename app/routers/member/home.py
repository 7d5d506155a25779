"""The app's home page: the campaign with its packs, who I am, and the page-view beacon."""

from functools import lru_cache
from hashlib import blake2b
from typing import Annotated

from fastapi import Header, Request, Response

from app.platform.errors import NotFound
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.language import Language, negotiate, say, spoken_headers
from app.routers.rooms import R, Rooms
from app.schemas.home import (
    CampaignList,
    CampaignOut,
    MeOut,
    MyEditionOut,
    MyPackOut,
    MyPacksOut,
    PackOut,
    ViewIn,
)
from app.shared.campaigns import CampaignFacts, PackFacts
from app.shared.home import Card, Cards
from app.shared.identity.members import find_own

router = api_router()


@router.get("/v1/campaign", summary="当前活动与五大礼包")
@members_only(refuses=(NotFound,))
async def get_campaign(request: Request, response: Response, rooms: R) -> CampaignOut:
    """The current campaign and its five packs; texts follow Accept-Language."""
    language = negotiate(request.headers.get("accept-language"))
    response.headers.update(spoken_headers(language))
    return _campaign(await rooms.campaign.read(), language, rooms)


@router.get("/v1/campaigns", summary="正在进行的活动")
@members_only(refuses=(NotFound,))
async def list_campaigns(request: Request, response: Response, rooms: R) -> CampaignList:
    """The current campaign, then the others that are open beside it, each with its packs; texts
    follow Accept-Language."""
    language = negotiate(request.headers.get("accept-language"))
    response.headers.update(spoken_headers(language))
    found = await rooms.campaign.shown()
    return CampaignList(items=[_campaign(each, language, rooms) for each in found])


@router.get(
    "/v1/me/packs",
    summary="我的首页：五大礼包与我",
    response_model=MyPacksOut,
    responses={304: {"description": "没有变化 · Nothing has changed since that ETag."}},
)
@members_only(refuses=(NotFound,), front=True, recalled=True)
async def get_my_packs(
    request: Request,
    member: MemberCaller,
    rooms: R,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The app's home page in one call: each pack, what I have of it and can do now or next; of
    the current campaign, and of those that are open beside it.

    Send the ETag of the last answer as `If-None-Match`: 304 while nothing has changed.
    """
    language = negotiate(request.headers.get("accept-language"))
    shown, cards = await rooms.campaign.shown(), await rooms.home.cards(member)
    current, *others = shown
    page = MyPacksOut(
        campaign_id=current.id,
        packs=_my_packs(current, cards, language),
        others=[
            MyEditionOut(
                campaign_id=each.id,
                name=say(each.name, language),
                packs=_my_packs(each, cards, language),
            )
            for each in others
        ],
        server_time=rooms.clock.now(),
    )
    content = page.model_dump_json()
    etag = _etag(content)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", **spoken_headers(language)}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


@router.get("/v1/me", summary="我的账号")
@members_only()
async def get_me(member: MemberCaller, rooms: R) -> MeOut:
    """My account, masked, and what I am entitled by."""
    return MeOut.of(await find_own(rooms.sessions, rooms.sealer, member_id=member.id))


@router.post("/v1/views", status_code=202, summary="页面浏览计数", response_class=Response)
@members_only(front=True, recalled=True)
async def count_view(body: ViewIn, rooms: R) -> Response:
    """Count one view of a pack's page. Send it and forget it: it never fails the page."""
    await rooms.views.count(body.pack, body.campaign_id)
    return Response(status_code=202)


def _campaign(campaign: CampaignFacts, language: Language, rooms: Rooms) -> CampaignOut:
    return CampaignOut(
        id=campaign.id,
        name=say(campaign.name, language),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        server_time=rooms.clock.now(),
        is_current=campaign.is_current,
        packs=[_pack(pack, language) for pack in campaign.packs],
    )


def _my_packs(campaign: CampaignFacts, cards: Cards, language: Language) -> list[MyPackOut]:
    return [
        _my_pack(pack, cards.of(campaign.id, pack.kind, is_current=campaign.is_current), language)
        for pack in campaign.packs
    ]


# A crowd that opens the app has little of its own, and is mostly shown the same.
@lru_cache(maxsize=1024)
def _my_pack(pack: PackFacts, card: Card, language: Language) -> MyPackOut:
    return MyPackOut.of_card(_pack(pack, language), card)


def _pack(pack: PackFacts, language: Language) -> PackOut:
    return PackOut(
        kind=pack.kind,
        title=say(pack.title, language),
        summary=say(pack.summary, language),
        state=pack.state,
    )


def _etag(content: str) -> str:
    """Weak: the same packs at another server time, which stands last, are the same page."""
    packs, _, _ = content.rpartition('"server_time"')
    return f'W/"{blake2b(packs.encode(), digest_size=12).hexdigest()}"'
