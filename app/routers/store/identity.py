"""Who a till's token stands for."""

from app.routers.guard import TillCaller, api_router, tills_only
from app.routers.rooms import R
from app.schemas.identity import WhoAmIOut
from app.shared.identity import stores

router = api_router()


@router.get("/v1/store/me", summary="本终端与门店")
@tills_only()
async def who_am_i(till: TillCaller, rooms: R) -> WhoAmIOut:
    """The device, its store and its merchant; a suspended store is told so in `state`."""
    return WhoAmIOut.of(await stores.who_am_i(rooms.sessions, till=till))
